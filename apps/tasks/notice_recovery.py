"""Brings back mails about keys that have fallen out of the queue: Redis was away, or its entry was lost."""

from datetime import datetime

import structlog
from django.db import transaction

from apps.api_keys.models import KeyNotice
from apps.api_keys.notices import give_up_if_tried_enough, put_in_queue, send_notice
from apps.tasks.models import FRESH_FOR
from apps.tasks.recovery import TASKS_A_ROUND, tries_in_vain

log = structlog.get_logger(__name__)


def recover_key_notices(now: datetime) -> int:
    """Queue again the mails that no entry in the queue stands for any more.

    Args:
        now: the time; mails that are due for less than a minute are left to the worker that has them.

    Returns:
        How many mails were queued or given up.
    """
    late = KeyNotice.objects.due(now - FRESH_FOR).order_by("due_at")
    return sum(_recover(owed) for owed in late[:TASKS_A_ROUND])


def _recover(owed: KeyNotice) -> bool:
    if tries_in_vain(send_notice, owed.queue_id, 0) is None:
        return False
    if give_up_if_tried_enough(owed):
        return True
    with transaction.atomic():
        unchanged = KeyNotice.objects.filter(pk=owed.pk, queue_id=owed.queue_id, due_at=owed.due_at)
        if not unchanged.update(queue_id=""):
            return False
        put_in_queue(owed)
    log.warning("key_notice.queued_again", key=str(owed.key_id), notice=owed.notice)
    return True
