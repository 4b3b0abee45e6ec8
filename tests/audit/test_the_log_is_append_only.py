"""The database itself refuses to change or remove an event, whoever asks."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from tests.audit.log import write_log

pytestmark = pytest.mark.django_db

STATEMENTS = [
    "UPDATE audit_auditevent SET actor_label = 'nobody' WHERE sequence = 2",
    "UPDATE audit_auditevent SET sequence = sequence + 10",
    "UPDATE audit_auditevent SET actor_label = actor_label",
    "DELETE FROM audit_auditevent WHERE sequence = 3",
    "DELETE FROM audit_auditevent",
]


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Three events, which are all there and intact afterwards."""
    account = write_log(3)
    yield
    assert verify_chain(account).is_intact
    assert AuditEvent.objects.filter(account_id=account).count() == 3


def refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match="audit events are append only"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_raw_sql_is_refused(statement: str) -> None:
    refused(statement)


def test_truncating_is_refused() -> None:
    if connection.vendor == "postgresql":  # SQLite has no TRUNCATE
        refused("TRUNCATE audit_auditevent")
        refused("TRUNCATE audit_auditevent CASCADE")


def test_updating_by_inserting_is_refused() -> None:
    source = "INSERT INTO audit_auditevent SELECT * FROM audit_auditevent WHERE true"
    refused(f"{source} ON CONFLICT (id) DO UPDATE SET ip = 'x'")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has INSERT OR REPLACE")
@pytest.mark.parametrize("key", ["id", "account_id, sequence"])
def test_replacing_is_refused(key: str) -> None:
    """SQLite removes the row in the way of a replacement without firing a trigger on DELETE."""
    columns = [field.attname for field in AuditEvent._meta.concrete_fields if field.attname != "id" or key == "id"]
    names = ", ".join(columns)
    values = names.replace("actor_label", "'nobody'")
    refused(f"INSERT OR REPLACE INTO audit_auditevent ({names}) SELECT {values} FROM audit_auditevent")


def test_the_models_own_ways_are_refused() -> None:
    event = AuditEvent.objects.get(sequence=1)
    for attempt in (
        lambda: event.save(),
        lambda: event.delete(),
        lambda: AuditEvent.objects.update(reason="x"),
        lambda: AuditEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
            attempt()
