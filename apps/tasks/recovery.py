"""Brings back tasks that have fallen out of the queue, and ends those that cannot be done.

A task is unfinished, and its entry in the queue has ended or is gone: its worker was killed, or lost its database,
or somebody emptied the queue. It is queued again, and given up after three tries in which nothing was done. So
every task finishes, whatever the queue is.
"""

from datetime import datetime
from typing import Any, Final

import structlog
from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks.base import Task as QueuedTask
from django_tasks.exceptions import TaskResultDoesNotExist

from apps.tasks.models import FRESH_FOR, Task, TaskItem
from apps.tasks.running import MAX_ATTEMPTS, give_up, put_in_queue, run_task
from apps.tasks.sweeper import MAX_TRIES, WorkerLostError

TASKS_A_ROUND: Final = 100
_LOST: Final = {f"{WorkerLostError.__module__}.{WorkerLostError.__qualname__}", "rq.exceptions.AbandonedJobError"}

log = structlog.get_logger(__name__)


def recover(now: datetime) -> int:
    """Queue again, or give up, the tasks that no entry in the queue stands for any more.

    Args:
        now: the time; tasks of the last minute are left to the workers that have them.

    Returns:
        How many tasks were changed.
    """
    waiting = Task.objects.unfinished().filter(created_at__lte=now - FRESH_FOR).order_by("created_at")
    return sum(_recover(task) for task in waiting[:TASKS_A_ROUND])


def _recover(task: Task) -> bool:
    """Bring one task back, unless its entry lives, or another worker was first."""
    tries = tries_in_vain(run_task, task.queue_id, task.attempts)
    if tries is None:
        return False
    if TaskItem.objects.filter(task=task).ended_since(task.queued_at).exists():
        tries = 0
    if tries >= MAX_ATTEMPTS:
        give_up(task, tries)
        return True
    with transaction.atomic():
        unchanged = Task.objects.unfinished().filter(pk=task.pk, queue_id=task.queue_id)
        if not unchanged.update(attempts=tries):
            return False
        put_in_queue(task)
    log.warning("task.queued_again", task_id=str(task.pk), kind=task.kind, tries=tries)
    return True


def tries_in_vain(queued: QueuedTask[..., Any], queue_id: str, attempts: int) -> int | None:
    """How often work was tried in vain, the last time included; `None` while its entry in the queue lives.

    Args:
        queued: what the queue calls.
        queue_id: the last entry.
        attempts: how often it was tried before that.
    """
    try:
        entry = queued.get_result(queue_id)
    except TaskResultDoesNotExist:
        return attempts + 1
    if entry.status in {TaskResultStatus.READY, TaskResultStatus.RUNNING}:
        return None
    if any(error.exception_class_path in _LOST for error in entry.errors):
        return MAX_TRIES  # the sweeper has counted them
    return attempts + 1
