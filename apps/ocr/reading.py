"""Reading images while their request waits."""

import threading
from collections.abc import Sequence
from typing import Final

from apps.ocr.models import ImageTask
from apps.ocr.operations import NoSlot, start_reading
from apps.ocr.running import read
from apps.ocr.wishes import Wishes
from apps.permissions.actor import Actor

REQUEST_SECONDS: Final = 9.5
"""What is left of ten seconds when the rest of the request is taken away."""

TAKEN: Final = "The server reads another image just now. Try again in a moment, or use /createTask, which waits."
_slot: Final = threading.Lock()
"""A process answers two requests at a time, so it reads for one of them at most: verifications go on beside it."""


def read_now(actor: Actor, *, images: Sequence[bytes], is_list: bool, wishes: Wishes) -> ImageTask:
    """Read images at once, in at most ten seconds; the arguments and refusals are those of `start_reading`.

    The price is reserved before and settled after, in a transaction each: none is open while the images are read.
    A process that dies in between leaves a task that is given up, and its price goes back (`apps.tasks`).

    Returns:
        The task, which has ended.

    Raises:
        NoSlot: also when this process reads for another request already; nothing was reserved then.
    """
    if not _slot.acquire(blocking=False):
        raise NoSlot(TAKEN)
    try:
        task = start_reading(actor, images=images, is_list=is_list, wishes=wishes, is_read_in_request=True)
        read(task, within=REQUEST_SECONDS, source=actor.source)
    finally:
        _slot.release()
    task.refresh_from_db()
    return task
