"""An idempotency key makes a repeated request start nothing, for a day."""

from datetime import timedelta

import pytest

from apps.api_keys.authentication import authenticate_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.refusals import Invalid
from apps.tasks.models import Task, TaskItem
from apps.tasks.work import IdempotencyConflict
from tests.people import SOURCE, MakeKey, Person
from tests.tasks.conftest import Start, many_sites, work

pytestmark = pytest.mark.django_db


def test_a_repeated_request_gives_the_task_it_started(start: Start) -> None:
    first = start(many_sites(2), idempotency_key="import-1")
    work(first)

    assert start(many_sites(2), idempotency_key="import-1") == first
    assert Task.objects.count() == 1
    assert TaskItem.objects.count() == 2
    assert AuditEvent.objects.filter(action="task.started").count() == 1


@pytest.mark.parametrize("other", [{"inputs": many_sites(3)}, {"kind": "sites.update"}])
def test_the_same_key_with_something_else_is_a_conflict(start: Start, other: dict) -> None:
    start(many_sites(2), idempotency_key="import-1")
    with pytest.raises(IdempotencyConflict, match="Use a new key"):
        start(**{"inputs": many_sites(2), "idempotency_key": "import-1", **other})
    assert Task.objects.count() == 1


def test_after_a_day_the_key_is_forgotten(start: Start) -> None:
    with clock.at(clock.now() - timedelta(hours=24, seconds=1)):
        old = start(many_sites(2), idempotency_key="import-1")
    new = start(many_sites(3), idempotency_key="import-1")

    assert new != old
    assert start(many_sites(3), idempotency_key="import-1") == new


def test_everybody_has_keys_of_their_own(start: Start, alice: Person, bob: Person, make_key: MakeKey) -> None:
    key = authenticate_key(make_key(alice), SOURCE).actor
    tasks = {start(many_sites(1), actor, idempotency_key="same") for actor in (alice.actor, bob.actor, key)}
    assert len(tasks) == 3


def test_without_a_key_every_request_is_a_new_one(start: Start) -> None:
    assert start(many_sites(1)) != start(many_sites(1))


def test_a_key_that_is_too_long_is_refused(start: Start) -> None:
    with pytest.raises(Invalid, match="255"):
        start(many_sites(1), idempotency_key="x" * 256)
