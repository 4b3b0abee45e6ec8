"""Ends, or brings back, the image tasks whose process died. Each is finished or its price goes back, never neither."""

from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from apps.credits import ledger
from apps.ocr.models import LOST_AFTER, ImageTask, Problem
from apps.ocr.running import fail, put_in_queue, read_images
from apps.tasks.models import FRESH_FOR
from apps.tasks.recovery import TASKS_A_ROUND, tries_in_vain
from apps.tasks.running import MAX_ATTEMPTS

_REQUEST_DIED: Final = "The server process that was to read this ended before it had done so."
_TOO_LATE: Final = "Nobody had read this after 24 hours. Is a task worker running?"
_WORKERS_DIED: Final = "The workers that tried to read this died over it, or failed."

log = structlog.get_logger(__name__)


def recover_image_tasks(now: datetime) -> int:
    """Queue again, or give up and refund, the image tasks that nobody works on any more.

    Args:
        now: the time; tasks of the last minute are left to whoever has them.

    Returns:
        How many tasks were changed.
    """
    waiting = ImageTask.objects.waiting().filter(created_at__lte=now - max(FRESH_FOR, LOST_AFTER))
    return sum(_recover(task, now) for task in waiting.order_by("created_at")[:TASKS_A_ROUND])


def _recover(task: ImageTask, now: datetime) -> bool:
    if task.is_read_in_request:
        return fail(task, Problem.GIVEN_UP, _REQUEST_DIED, ledger.WORKER)
    if task.expires_at <= now:
        return fail(task, Problem.GIVEN_UP, _TOO_LATE, ledger.WORKER)
    tries = tries_in_vain(read_images, task.queue_id, task.attempts)
    if tries is None:
        return False
    if tries >= MAX_ATTEMPTS:
        return fail(task, Problem.GIVEN_UP, _WORKERS_DIED, ledger.WORKER)
    with transaction.atomic():
        unchanged = ImageTask.objects.waiting().filter(pk=task.pk, queue_id=task.queue_id)
        if not unchanged.update(attempts=tries):
            return False
        put_in_queue(task)
    log.warning("image_task.queued_again", task_id=str(task.pk), tries=tries)
    return True
