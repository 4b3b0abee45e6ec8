"""Reading a task's images, and ending the task: its state and what becomes of its price are one transaction."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django_tasks import task as queued
from django_tasks.base import TASK_MIN_PRIORITY

from apps.audit import clock
from apps.audit.record import Source
from apps.credits import ledger
from apps.ocr.engine import ReaderBusy, ReaderFailed, ReaderMissing, Unreadable, engine
from apps.ocr.models import ImageTask, ImageTaskState, Problem, TaskImage
from apps.ocr.wishes import NoText, Numeric, Wishes

WORKER_SECONDS: Final = 120.0  # for all images of a task, the reader's start included
MISSING: Final = "This server cannot read text: the extra [ocr] is not installed (requirements-ocr.txt)."
BUSY: Final = "The server had no time to read this. Try again."
TOO_MUCH: Final = "Reading this image took more time or memory than one image may have."
NO_IMAGE: Final = "The image cannot be decoded: it is damaged, or no image after all."

log = structlog.get_logger(__name__)


def put_in_queue(task: ImageTask, *, behind: int = 0) -> None:
    """Queue a task; call it in the transaction that makes it, or that says why it is queued again.

    Args:
        task: which.
        behind: how many of its account wait already. The more, the later its turn, where the queue knows priorities:
            one account's images keep neither another's waiting, nor mails and housekeeping.
    """
    entry = read_images
    if entry.get_backend().supports_priority:
        entry = entry.using(priority=max(TASK_MIN_PRIORITY, -1 - behind))
    task.queue_id = str(entry.enqueue(str(task.pk)).id)
    task.save(update_fields=["queue_id"])


@queued()
def read_images(task_id: str) -> bool:
    """Read the images of a task, unless it has ended.

    Returns:
        Whether it ended with this.
    """
    task = ImageTask.objects.waiting().filter(pk=UUID(task_id)).first()
    return task is not None and read(task, within=WORKER_SECONDS, source=ledger.WORKER)


def read(task: ImageTask, *, within: float, source: Source) -> bool:
    """Read a task's images and end it.

    Args:
        task: one that has not ended.
        within: seconds for all of them.
        source: where this is done.

    Returns:
        Whether it ended with this; another was quicker else.
    """
    wishes = wishes_from(task)
    ends_at = time.monotonic() + within
    texts: list[str] = []
    why = ""
    try:
        for image in TaskImage.objects.filter(task=task).order_by("index"):
            lines = engine.read(bytes(image.content), within=ends_at - time.monotonic())
            try:
                texts.append(wishes.fulfilled_by(lines))
            except NoText as lacking:
                why = str(lacking)
                texts.append("")
    except Unreadable:
        return fail(task, Problem.NOT_AN_IMAGE, NO_IMAGE, source)
    except ReaderFailed:
        return fail(task, Problem.NO_TEXT, TOO_MUCH, source)
    except ReaderMissing:
        return fail(task, Problem.GIVEN_UP, MISSING, source)
    except ReaderBusy:
        return fail(task, Problem.GIVEN_UP, BUSY, source)
    if not any(texts):
        return fail(task, Problem.NO_TEXT, why, source)
    return _end(task, lambda ended: _succeed(ended, texts, source))


def fail(task: ImageTask, problem: Problem, description: str, source: Source) -> bool:
    """End a task without a result, and give its price back.

    Args:
        task: which.
        problem: why.
        description: the same for a reader.
        source: where this is done.

    Returns:
        Whether it had not ended before.
    """

    def end(ended: ImageTask) -> None:
        ended.state, ended.problem, ended.description = ImageTaskState.FAILED, problem, description[:300]
        _save(ended)
        ledger.refund(ended.pk, reason=description[:200], source=source)

    return _end(task, end)


def wishes_from(task: ImageTask) -> Wishes:
    """What its text has to be like."""
    return Wishes(**task.wishes | {"numeric": Numeric(task.wishes.get("numeric", 0))})


def wishes_as_json(wishes: Wishes) -> dict[str, object]:
    """The same as a row keeps it."""
    return asdict(wishes) | {"numeric": int(wishes.numeric)}


def _end(task: ImageTask, end: Callable[[ImageTask], None]) -> bool:
    """Do what ends a task, with its row locked, unless it has ended: all of it happens, or nothing."""
    with transaction.atomic():
        waiting = ImageTask.objects.waiting().select_for_update(of=("self",)).filter(pk=task.pk).first()
        if waiting is None:
            return False
        end(waiting)
    return True


def _succeed(task: ImageTask, texts: list[str], source: Source) -> None:
    task.state, task.texts = ImageTaskState.READY, texts
    _save(task)
    ledger.charge(task.pk, source=source)


def _save(task: ImageTask) -> None:
    """Write how a task ended, and let go of its images."""
    task.finished_at = clock.now()
    task.save(update_fields=["state", "texts", "problem", "description", "finished_at"])
    TaskImage.objects.filter(task=task).delete()
