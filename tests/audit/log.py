"""Events for the tests, and a way around the database's triggers for those who tamper."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from apps.audit import append_only
from apps.audit.actions import Action
from apps.audit.models import AuditEvent
from apps.audit.record import Source, Target, record
from apps.permissions.actor import Actor, system

LOG_SOURCE = Source("dashboard", "192.0.2.7", "Firefox", "f" * 32)


def write_log(length: int, account_id: UUID | None = None, **changes: Any) -> UUID:
    """A log of `length` events; returns its account."""
    account = account_id or uuid4()
    for number in range(length):
        write(system(LOG_SOURCE, account), Target("site", f"sk_live_{number}", f"Site {number}"), **changes)
    return account


def write(actor: Actor, target: Target, action: Action = Action.SITE_UPDATED, **options: Any) -> AuditEvent:
    """One event."""
    with transaction.atomic():
        return record(actor, action, target, **{"changes": {"name": ("Before", "After")}, **options})


@contextmanager
def without_triggers() -> Iterator[None]:
    """As whoever owns the database can: the triggers are gone while the block runs."""
    append_only.remove(connection)
    try:
        yield
    finally:
        append_only.install(connection)
