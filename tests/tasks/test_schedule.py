"""Periodic tasks run when they are due, and once however many workers there are."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from apps.audit import clock
from apps.tasks.models import ScheduledTask
from apps.tasks.schedule import SCHEDULE, enqueue_due

ROUNDS = 5
WORKERS = 8


def enqueued() -> Counter[str]:
    return Counter(DBTaskResult.objects.values_list("task_path", flat=True))


@pytest.mark.django_db
def test_a_task_that_never_ran_is_due_at_once():
    assert enqueue_due(clock.now()) == len(SCHEDULE)
    assert enqueued() == {periodic.name: 1 for periodic in SCHEDULE}


@pytest.mark.django_db
def test_a_task_is_not_enqueued_again_before_it_is_due():
    now = clock.now()
    enqueue_due(now)

    assert enqueue_due(now + min(periodic.every for periodic in SCHEDULE) - timedelta(seconds=1)) == 0


@pytest.mark.django_db
def test_what_was_missed_is_run_once_and_not_caught_up():
    now = clock.now()
    enqueue_due(now)

    assert enqueue_due(now + timedelta(days=365)) == len(SCHEDULE)
    assert enqueue_due(now + timedelta(days=365)) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_the_same_moment_enqueue_a_task_once():
    now = clock.now()
    failures = []

    def look(barrier: threading.Barrier, moment) -> None:
        try:
            barrier.wait()
            enqueue_due(moment)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    for number in range(ROUNDS):
        barrier = threading.Barrier(WORKERS)
        moment = now + timedelta(days=2 * number)
        threads = [threading.Thread(target=look, args=(barrier, moment)) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert failures == []
    assert enqueued() == {periodic.name: ROUNDS for periodic in SCHEDULE}
    assert ScheduledTask.objects.count() == len(SCHEDULE)
