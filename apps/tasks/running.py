"""Doing tasks: an item at a time, each in one transaction, however many workers are at it and however often.

A queue entry carries a task's id. Whoever takes it does items for a few seconds and then queues the rest, so that
a large task neither holds up small ones nor a worker that is told to stop.
"""

import time
from typing import Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django_tasks import task as queued

from apps.audit import clock
from apps.permissions.operation import record_again
from apps.permissions.refusals import Refused
from apps.tasks.actors import actor_today
from apps.tasks.models import ItemState, Task, TaskItem
from apps.tasks.site_work import WORKERS

TURN_SECONDS: Final = 3.0
PAUSE_SHARE: Final = 0.5  # of the time that an item took, on SQLite
MAX_ATTEMPTS: Final = 3
GIVEN_UP: Final = (
    "Given up: the workers that tried to do this task died or failed {tries} times over it. "
    "What was done before stays done. An operator finds the reason in the log of the workers."
)
UNEXPECTED: Final = "This could not be done because of a fault in the server. An operator finds it in the log."

log = structlog.get_logger(__name__)


def put_in_queue(task: Task) -> None:
    """Queue a task; call it in the transaction that makes it, or that says why it is queued again."""
    task.queue_id, task.queued_at = str(run_task.enqueue(str(task.pk)).id), clock.now()
    task.save(update_fields=["queue_id", "queued_at"])


@queued()
def run_task(task_id: str) -> int:
    """Do what is left of a task, for a few seconds; then queue the rest. A second call at the same time helps.

    Returns:
        How many items were done, in one way or the other.
    """
    task = Task.objects.unfinished().filter(pk=UUID(task_id)).first()
    if task is None:
        return 0
    if task.started_at is None:
        Task.objects.filter(pk=task.pk, started_at=None).update(started_at=clock.now())
    ends_at = time.monotonic() + TURN_SECONDS
    count = 0
    begun_at = time.monotonic()
    while _do_next(task):
        count += 1
        _let_others_write(time.monotonic() - begun_at)
        begun_at = time.monotonic()
        if begun_at > ends_at:
            _queue_the_rest(task)
            return count
    _finish(task)
    return count


def give_up(task: Task, tries: int) -> None:
    """End a task that its workers keep dying over, and say so in everything that was not done."""
    now = clock.now()
    with transaction.atomic():
        unfinished = Task.objects.unfinished().filter(pk=task.pk)
        if unfinished.update(finished_at=now, gave_up=True, attempts=tries):
            waiting = TaskItem.objects.waiting().filter(task=task)
            text = GIVEN_UP.format(tries=tries)
            waiting.update(state=ItemState.FAILED, problem="GivenUp", description=text, finished_at=now)
            log.error("task.given_up", task_id=str(task.pk), kind=task.kind, tries=tries)


def _do_next(task: Task) -> bool:
    """Do one waiting item that nobody else holds. Doing it and marking it done are one transaction.

    Returns:
        Whether there was one.
    """
    with transaction.atomic():
        waiting = TaskItem.objects.waiting().filter(task=task).order_by("index")
        item = waiting.select_for_update(skip_locked=True).first()
        if item is None:
            return False
        actor = None
        try:
            with transaction.atomic():
                actor = actor_today(task)
                item.result = WORKERS[task.kind](actor, item.input)
                item.state = ItemState.DONE
        except Refused as refusal:
            _fail(item, type(refusal).__name__, str(refusal))
            if actor:
                record_again(actor, refusal)
        except (OperationalError, InterfaceError):
            raise  # the database is away: the item waits for it
        except Exception:
            log.exception("task.item_failed", task_id=str(task.pk), kind=task.kind, index=item.index)
            _fail(item, "UnexpectedError", UNEXPECTED)
        item.finished_at = clock.now()
        item.save(update_fields=["state", "problem", "description", "result", "finished_at"])
    return True


def _let_others_write(busy_seconds: float) -> None:
    """Leave the database alone for a while where it has one writer at a time: whoever waits there looks only now and
    then whether it is free, and would find it taken until they gave up.
    """
    if not connection.features.has_select_for_update:
        time.sleep(busy_seconds * PAUSE_SHARE)


def _fail(item: TaskItem, problem: str, description: str) -> None:
    item.state, item.problem, item.description = ItemState.FAILED, problem, description


def _finish(task: Task) -> None:
    """Mark the task finished, unless another worker still does an item; then that worker marks it."""
    waiting = TaskItem.objects.waiting().filter(task=task)
    if not waiting.exists():
        Task.objects.unfinished().filter(pk=task.pk).update(finished_at=clock.now())


def _queue_the_rest(task: Task) -> None:
    with transaction.atomic():
        Task.objects.filter(pk=task.pk).update(attempts=0)
        put_in_queue(task)
