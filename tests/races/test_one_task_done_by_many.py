"""Many workers at the same task, and many who start it, at the same moment: each item once, one task a key."""

import time

import pytest

from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import create_site, create_site_without_secret
from apps.tasks.models import ItemState, Task, TaskItem
from apps.tasks.running import run_task
from apps.tasks.work import IdempotencyConflict, cancel_task, start_task
from tests.people import Person
from tests.races.together import THREADS, failures, succeeded, together
from tests.tasks.conftest import many_sites

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
ROUNDS = 5


def test_each_item_is_done_once_however_many_are_at_it(alice: Person) -> None:
    for number in range(ROUNDS):
        inputs = [{**given, "name": f"{given['name']}-{number}"} for given in many_sites(24)]
        task = start_task(alice.actor, kind="sites.create", inputs=inputs, title="Import")

        results = together([lambda task=task: run_task.call(str(task.pk))] * WORKERS)  # type: ignore[misc]

        assert failures(results) == []
        assert sum(succeeded(results)) == len(inputs)
        task.refresh_from_db()
        assert task.is_finished
    assert Site.objects.count() == ROUNDS * 24
    assert AuditEvent.objects.filter(action="site.created").count() == ROUNDS * 24
    assert verify_chain(alice.account.pk).is_intact


def test_a_long_task_holds_nobody_back_who_writes_beside_it(alice: Person) -> None:
    """On SQLite, where one writes at a time, the task leaves the others their turns; see `_let_others_write`."""
    actor = alice.actor
    task = start_task(actor, kind="sites.create", inputs=many_sites(150), title="Import")
    longest: list[float] = []

    def write() -> None:
        while Task.objects.unfinished().filter(pk=task.pk, started_at=None).exists():
            time.sleep(0.005)
        for number in range(20):
            begin = time.monotonic()
            create_site(actor, name=f"Beside-{number}", allowed_origins=["https://a.example"])
            longest.append(time.monotonic() - begin)

    results = together([lambda: run_task.call(str(task.pk)), write])

    assert failures(results) == []
    assert max(longest) < 3  # seconds; after 5 the write would have been refused


def do_naively(person: Person, task: Task) -> None:
    """Without the item's row locked: take what is waiting, do it, mark it done."""
    for item in TaskItem.objects.waiting().filter(task=task).order_by("index"):
        time.sleep(0.005)
        create_site_without_secret(person.actor, **item.input)
        TaskItem.objects.filter(pk=item.pk).update(state=ItemState.DONE)


def test_the_same_race_does_items_twice_when_they_are_not_locked(alice: Person) -> None:
    task = start_task(alice.actor, kind="sites.create", inputs=many_sites(4), title="Import")
    together([lambda: do_naively(alice, task)] * WORKERS)
    assert Site.objects.count() > 4


def test_of_16_requests_with_one_key_one_starts_a_task(alice: Person) -> None:
    actor = alice.actor
    for number in range(ROUNDS):
        results = together(
            [
                lambda number=number: start_task(  # type: ignore[misc]
                    actor, kind="sites.create", inputs=many_sites(3), title="Import", idempotency_key=f"key-{number}"
                )
            ]
            * THREADS
        )
        assert failures(results) == []
        assert len({task.pk for task in succeeded(results)}) == 1
    assert Task.objects.count() == ROUNDS
    assert TaskItem.objects.count() == ROUNDS * 3
    assert AuditEvent.objects.filter(action="task.started").count() == ROUNDS


def test_of_16_requests_with_one_key_and_different_inputs_one_starts_a_task(alice: Person) -> None:
    actor = alice.actor
    results = together(
        [
            lambda count=count: start_task(  # type: ignore[misc]
                actor, kind="sites.create", inputs=many_sites(count), title="Import", idempotency_key="key"
            )
            for count in range(1, THREADS + 1)
        ]
    )
    assert len(succeeded(results)) == 1
    assert {type(failure) for failure in failures(results)} == {IdempotencyConflict}
    assert Task.objects.count() == 1


def test_an_item_is_done_or_cancelled_and_never_both(alice: Person) -> None:
    actor = alice.actor
    for number in range(ROUNDS):
        inputs = [{**given, "name": f"{given['name']}-{number}"} for given in many_sites(12)]
        task = start_task(actor, kind="sites.create", inputs=inputs, title="Import")

        def cancel(task: Task = task) -> None:
            time.sleep(0.02)
            cancel_task(actor, task_id=task.pk)

        together([lambda task=task: run_task.call(str(task.pk))] * 2 + [cancel])

        done = Task.objects.with_counts().get(pk=task.pk)
        assert done.is_finished
        assert done.done_count + done.cancelled_count == 12
        assert Site.objects.filter(name__endswith=f"-{number}").count() == done.done_count
