"""A dead worker's task goes back into the queue; a living one's is left alone."""

from datetime import timedelta

import pytest
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.tasks import housekeeping
from apps.tasks.models import FRESH_FOR, WorkerHeartbeat
from apps.tasks.sweeper import MAX_TRIES, sweep

pytestmark = pytest.mark.django_db

LONG_AGO = FRESH_FOR + timedelta(seconds=5)


def a_task_taken_by(*workers: str, ago: timedelta = LONG_AGO) -> DBTaskResult:
    row = DBTaskResult.objects.get(pk=housekeeping.purge_sessions.enqueue().id)
    for worker in workers:
        row.claim(worker)
    DBTaskResult.objects.filter(pk=row.pk).update(started_at=clock.now() - ago)
    row.refresh_from_db()
    return row


def heard_from(worker: str, *, ago: timedelta) -> None:
    WorkerHeartbeat.objects.create(worker_id=worker, beat_at=clock.now() - ago)


def test_a_dead_workers_task_is_put_back_into_the_queue():
    row = a_task_taken_by("dead")
    heard_from("dead", ago=LONG_AGO)

    assert sweep(clock.now()) == 1

    row.refresh_from_db()
    assert row.status == TaskResultStatus.READY
    assert row in DBTaskResult.objects.ready()


def test_a_task_of_a_worker_that_nobody_knows_any_more_is_put_back_too():
    row = a_task_taken_by("forgotten")

    sweep(clock.now())

    row.refresh_from_db()
    assert row.status == TaskResultStatus.READY


def test_a_living_workers_task_is_left_alone():
    row = a_task_taken_by("dead", "alive")
    heard_from("alive", ago=timedelta(seconds=20))

    assert sweep(clock.now()) == 0

    row.refresh_from_db()
    assert row.status == TaskResultStatus.RUNNING


def test_that_an_earlier_worker_lives_does_not_keep_a_dead_ones_task():
    row = a_task_taken_by("alive", "dead")
    heard_from("alive", ago=timedelta(seconds=1))

    sweep(clock.now())

    row.refresh_from_db()
    assert row.status == TaskResultStatus.READY


def test_a_task_that_was_just_taken_is_left_alone():
    a_task_taken_by("newcomer", ago=timedelta(seconds=30))

    assert sweep(clock.now()) == 0


def test_a_task_over_which_three_workers_died_is_given_up_with_a_reason():
    row = a_task_taken_by(*[f"dead-{number}" for number in range(MAX_TRIES)])

    sweep(clock.now())

    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert row.finished_at is not None
    error = row.task_result.errors[0]
    assert error.exception_class.__name__ == "WorkerLostError"
    assert "3 workers died" in error.traceback


def test_dead_workers_are_forgotten():
    heard_from("dead", ago=LONG_AGO)
    heard_from("alive", ago=timedelta(seconds=1))

    sweep(clock.now())

    assert list(WorkerHeartbeat.objects.values_list("worker_id", flat=True)) == ["alive"]
