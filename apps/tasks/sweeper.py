"""Gives back what a dead worker held.

django-tasks-db marks a task RUNNING when a worker takes it and leaves it so for ever when that worker is killed.
A task that was taken more than 60 seconds ago, by a worker that has shown no sign of life for as long, is put
back into the queue; after three workers died over it, it is given up. Tasks must therefore be safe to repeat.
A worker that ended an item of a task before it died did not die in vain, and those before it no longer count.
"""

from datetime import datetime

import structlog
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from apps.tasks.models import FRESH_FOR, Task, TaskItem, WorkerHeartbeat

MAX_TRIES = 3

log = structlog.get_logger(__name__)


class WorkerLostError(Exception):
    """Every worker that took the task died over it."""


def sweep(now: datetime) -> int:
    """Put back, or give up, the tasks of dead workers, and forget those workers.

    Returns:
        How many tasks were changed.
    """
    alive = set(WorkerHeartbeat.objects.fresh(now).values_list("worker_id", flat=True))
    taken_long_ago = DBTaskResult.objects.running().filter(started_at__lte=now - FRESH_FOR)
    swept = sum(_release(row, now) for row in taken_long_ago if not alive.intersection(row.worker_ids[-1:]))
    WorkerHeartbeat.objects.stale(now).delete()
    return swept


def _release(row: DBTaskResult, now: datetime) -> bool:
    """Change one row, unless another worker has done so since it was read (`started_at` tells)."""
    untouched = DBTaskResult.objects.running().filter(pk=row.pk, started_at=row.started_at)
    if _has_progress(row):
        changed = untouched.update(status=TaskResultStatus.READY, started_at=None, worker_ids=[])
        Task.objects.filter(queue_id=str(row.pk)).update(queued_at=now)
    elif len(row.worker_ids) < MAX_TRIES:
        changed = untouched.update(status=TaskResultStatus.READY, started_at=None)
    else:
        changed = untouched.update(
            status=TaskResultStatus.FAILED,
            finished_at=now,
            exception_class_path=f"{__name__}.{WorkerLostError.__qualname__}",
            traceback=f"Given up: {len(row.worker_ids)} workers died over this task.",
        )
    if changed:
        log.warning("task.worker_lost", task=row.task_path, task_id=str(row.pk), tries=len(row.worker_ids))
    return bool(changed)


def _has_progress(row: DBTaskResult) -> bool:
    """Whether items of a task were ended since the last worker took it."""
    items = TaskItem.objects.filter(task__queue_id=str(row.pk))
    return row.started_at is not None and items.ended_since(row.started_at).exists()
