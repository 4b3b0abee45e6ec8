"""A batch whose queue is on Redis: done once, whatever is killed, and given up when it cannot be done."""

import pytest

from apps.audit import clock
from apps.tasks.models import Task, TaskItem, WorkerHeartbeat
from apps.tasks.recovery import recover
from apps.tasks.redis_worker import RedisWorker
from tests.people import Person
from tests.tasks.conftest import Start, let_the_last_minute_pass, many_sites
from tests.tasks.on_redis.conftest import (
    StartWorker,
    backend,
    let_leases_run_out,
    let_what_is_scheduled_be_due,
    wait_until,
)
from tests.tasks.test_a_killed_worker import assert_that_each_was_made_once, is_finished

pytestmark = pytest.mark.django_db(transaction=True)

SITES = 128


def test_one_worker_makes_128_sites(start: Start, alice: Person, start_rq_worker: StartWorker) -> None:
    start_rq_worker()
    wait_until(lambda: WorkerHeartbeat.objects.exists())
    start(many_sites(SITES))
    wait_until(is_finished)

    assert_that_each_was_made_once(alice, SITES)
    assert recover(clock.now()) == 0


def test_a_killed_workers_task_is_finished_by_the_next(
    start: Start, alice: Person, start_rq_worker: StartWorker
) -> None:
    start(many_sites(SITES))
    first = start_rq_worker()
    wait_until(lambda: not TaskItem.objects.waiting().filter(index=20).exists())
    first.kill()
    left = TaskItem.objects.waiting().count()
    assert 0 < left < SITES

    let_leases_run_out()
    start_rq_worker()
    wait_until(lambda: len(backend().queue.scheduled_job_registry) == 1)
    let_what_is_scheduled_be_due()
    wait_until(is_finished)

    task = Task.objects.with_counts().get()
    assert (task.done_count, task.failed_count, task.gave_up) == (SITES, 0, False)
    assert_that_each_was_made_once(alice, SITES)


def test_an_item_that_kills_its_worker_does_not_keep_the_task_unfinished(
    start: Start, start_rq_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(many_sites(3))
    with monkeypatch.context() as poisoned:
        poisoned.setenv("DJANGO_SETTINGS_MODULE", "tests.tasks.poisoned_settings")
        for tries in range(6):  # the first did an item, so its entry is queued anew once
            worker = start_rq_worker()
            assert worker.ends_within(60) == 9
            let_leases_run_out()
            sweeper = RedisWorker()
            sweeper.sweep(clock.now())
            let_what_is_scheduled_be_due()
            if tries < 5:
                assert recover(clock.now()) == (tries == 2)
                sweeper.sweep(clock.now())
    assert recover(clock.now()) == 1

    task = Task.objects.with_counts().get()
    assert task.is_finished
    assert (task.gave_up, task.done_count, task.failed_count) == (True, 1, 2)
    assert set(task.items.failed().values_list("problem", flat=True)) == {"GivenUp"}


def test_a_task_whose_entry_was_lost_with_redis_is_queued_again(
    start: Start, alice: Person, start_rq_worker: StartWorker, redis
) -> None:
    start(many_sites(3))
    redis.client.flushall()
    let_the_last_minute_pass()

    start_rq_worker()
    wait_until(is_finished)

    assert_that_each_was_made_once(alice, 3)


def test_a_worker_that_is_asked_to_stop_leaves_its_task_to_the_next(start: Start, start_rq_worker: StartWorker) -> None:
    start(many_sites(2000))
    worker = start_rq_worker()
    wait_until(lambda: not TaskItem.objects.waiting().filter(index=20).exists())
    worker.ask_to_stop()

    assert worker.ends_within(8) == 0
    left = TaskItem.objects.waiting().count()
    assert 0 < left < 2000 - 20
    assert not WorkerHeartbeat.objects.exists()
    start_rq_worker()
    wait_until(lambda: TaskItem.objects.waiting().count() < left)
