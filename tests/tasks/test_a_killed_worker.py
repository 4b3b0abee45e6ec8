"""A worker is killed in the middle of a task: another one finishes it, and nothing is done twice or by halves."""

import time
from collections.abc import Callable

import pytest

from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.sites.models import Site, SiteSecret
from apps.tasks.models import Task, TaskItem
from tests.people import Person
from tests.tasks.conftest import Start, WorkerProcess, let_the_last_minute_pass, many_sites

pytestmark = pytest.mark.django_db(transaction=True)

SITES = 128
LONGEST_WAIT = 60  # seconds

StartWorker = Callable[..., WorkerProcess]


def wait_until(is_true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + LONGEST_WAIT
    while not is_true():
        assert time.monotonic() < give_up_at
        time.sleep(0.005)


def is_finished() -> bool:
    return not Task.objects.unfinished().exists()


def assert_that_each_was_made_once(alice: Person, count: int) -> None:
    assert Site.objects.count() == count
    assert Site.objects.values("name").distinct().count() == count
    assert AuditEvent.objects.filter(action="site.created", surface="worker").count() == count
    assert not SiteSecret.objects.exists()
    assert verify_chain(alice.account.pk).is_intact


def test_a_killed_workers_task_is_finished_by_the_next(start: Start, alice: Person, start_worker: StartWorker) -> None:
    start(many_sites(SITES))
    first = start_worker()
    wait_until(lambda: not TaskItem.objects.waiting().filter(index=20).exists())
    first.kill()
    left = TaskItem.objects.waiting().count()
    assert 0 < left < SITES

    let_the_last_minute_pass()
    start_worker()
    wait_until(is_finished)

    task = Task.objects.with_counts().get()
    assert (task.done_count, task.failed_count, task.gave_up) == (SITES, 0, False)
    assert_that_each_was_made_once(alice, SITES)


def test_four_workers_killed_and_replaced_at_random_do_each_item_once(
    start: Start, alice: Person, start_worker: StartWorker
) -> None:
    tasks = [start([{**given, "name": f"{given['name']}-{number}"} for given in many_sites(25)]) for number in range(4)]
    for killed_at in (30, 60):  # a third death over the same entry would be one too many, and give it up
        workers = [start_worker() for _ in range(2)]
        wait_until(lambda killed_at=killed_at: TaskItem.objects.exclude(state="waiting").count() >= killed_at)  # type: ignore[misc]
        for worker in workers:
            worker.kill()
        let_the_last_minute_pass()
    start_worker()
    wait_until(is_finished)

    assert TaskItem.objects.filter(state="done").count() == 100
    assert not Task.objects.filter(pk__in=[task.pk for task in tasks], gave_up=True).exists()
    assert_that_each_was_made_once(alice, 100)


def test_a_worker_that_is_asked_to_stop_leaves_its_task_to_the_next(
    start: Start, alice: Person, start_worker: StartWorker
) -> None:
    start(many_sites(600))
    worker = start_worker()
    wait_until(lambda: not TaskItem.objects.waiting().filter(index=20).exists())
    worker.ask_to_stop()

    assert worker.ends_within(8) == 0  # `manage.py serve` waits for 10 seconds
    left = TaskItem.objects.waiting().count()
    assert left < 600 - 20
    start_worker()
    wait_until(lambda: TaskItem.objects.waiting().count() < left or is_finished())


def test_an_item_that_kills_its_worker_does_not_keep_the_task_unfinished(
    start: Start, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.tasks.poisoned_settings")
    start(many_sites(3))
    for _ in range(4):  # the first did an item before it died
        worker = start_worker()
        assert worker.ends_within(LONGEST_WAIT) == 9
        let_the_last_minute_pass()
    last = start_worker()
    wait_until(is_finished)
    assert last.process.poll() is None

    task = Task.objects.with_counts().get()
    assert (task.gave_up, task.done_count, task.failed_count) == (True, 1, 2)
    assert set(task.items.failed().values_list("problem", flat=True)) == {"GivenUp"}
