"""What runs periodically, and the claim that lets it run once however many workers there are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_tasks.base import Task

from apps.tasks import housekeeping
from apps.tasks.models import ScheduledTask


@dataclass(frozen=True)
class Periodic:
    """A task without arguments, and how often it runs."""

    task: Task[[], Any]
    every: timedelta

    @property
    def name(self) -> str:
        """The dotted path of the task."""
        return str(self.task.module_path)


SCHEDULE = [
    Periodic(housekeeping.record_expired_keys, every=timedelta(minutes=5)),
    Periodic(housekeeping.expire_credits, every=timedelta(minutes=5)),
    Periodic(housekeeping.warn_of_expiry, every=timedelta(minutes=5)),
    Periodic(housekeeping.purge_sessions, every=timedelta(hours=1)),
    Periodic(housekeeping.purge_deleted, every=timedelta(days=1)),
    Periodic(housekeeping.purge_site_requests, every=timedelta(hours=1)),
    Periodic(housekeeping.purge_sent_forms, every=timedelta(days=1)),
    Periodic(housekeeping.purge_key_usage, every=timedelta(days=1)),
    Periodic(housekeeping.purge_task_results, every=timedelta(days=1)),
    Periodic(housekeeping.purge_tasks, every=timedelta(days=1)),
    Periodic(housekeeping.purge_site_imports, every=timedelta(hours=1)),
    Periodic(housekeeping.purge_image_tasks, every=timedelta(minutes=15)),
]
"""What this app runs; the apps above add theirs when they are loaded (`add`)."""


def add(*periodics: Periodic) -> None:
    """Have an app's own tasks run periodically: called once it is loaded, by an app that stands above this one."""
    SCHEDULE.extend(periodics)


def enqueue_due(now: datetime) -> int:
    """Enqueue every periodic task that is due, each exactly once among all workers.

    A task is due at once when it has never run. What was missed while no worker ran is run once, not caught up.

    Returns:
        How many were enqueued by this call.
    """
    ScheduledTask.objects.bulk_create(
        [ScheduledTask(name=periodic.name, next_run_at=now) for periodic in SCHEDULE], ignore_conflicts=True
    )
    return sum(_claim(periodic, now) for periodic in SCHEDULE)


def _claim(periodic: Periodic, now: datetime) -> bool:
    """Move the task's due time on and enqueue it, unless another worker was first or it is not due."""
    with transaction.atomic():
        due = ScheduledTask.objects.filter(name=periodic.name, next_run_at__lte=now)
        if due.update(next_run_at=now + periodic.every) == 0:
            return False
        periodic.task.enqueue()
        return True
