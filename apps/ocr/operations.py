"""Everything that can be done with images whose text is to be read: start, get the result, report it as wrong."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings

from apps.audit.actions import Action
from apps.audit.record import record
from apps.credits import ledger
from apps.ocr import access, engine
from apps.ocr.images import MOST_IMAGES, check_image
from apps.ocr.models import ImageTask, ImageTaskState, TaskImage
from apps.ocr.running import MISSING, put_in_queue, wishes_as_json
from apps.ocr.wishes import Wishes
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Invalid

MOST_WAITING: Final = 200
"""Tasks of an account that may wait at once: each holds its images."""


class NoSlot(Conflict):
    """Nothing here can read the images now."""


class NotFinished(Conflict):
    """The task has no result yet that could be wrong."""


@operation("createTask", Action.TASK_STARTED)
def start_reading(
    actor: Actor, *, images: Sequence[bytes], is_list: bool, wishes: Wishes, is_read_in_request: bool = False
) -> ImageTask:
    """Take images whose text is to be read, and reserve the price.

    Args:
        actor: for whom; its account pays.
        images: each a PNG, JPEG, WebP or GIF of 100 to 500,000 bytes and at most 10 million pixels; at most 20.
        is_list: whether the texts go back as a list.
        wishes: what the text has to be like.
        is_read_in_request: whether the caller reads them itself, now, so that no worker does.

    Raises:
        ImageRefused: for an image that is not taken.
        Invalid: for none, or too many.
        NoSlot: without the extra, or when too many wait already.
        BalanceSpent: when the account cannot pay.
        Forbidden: without `createTask`.
    """
    if not 1 <= len(images) <= MOST_IMAGES:
        raise Invalid({"images": f"A task has 1 to {MOST_IMAGES} images; this one has {len(images)}."})
    for image in images:
        check_image(image)
    if not engine.is_installed():
        raise NoSlot(MISSING)
    waiting = ImageTask.objects.waiting().filter(account_id=actor.own_account_id).count()
    if waiting >= MOST_WAITING:
        raise NoSlot(f"{MOST_WAITING} tasks of this account wait already. Get their results before you send more.")
    task = ImageTask.objects.create(
        account_id=actor.own_account_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:320],
        started_by_id=actor.person_id,
        is_list=is_list,
        wishes=wishes_as_json(wishes),
        price=settings.OCR_PRICE,
        is_read_in_request=is_read_in_request,
    )
    TaskImage.objects.bulk_create(
        [TaskImage(task=task, index=index, content=image) for index, image in enumerate(images)]
    )
    if not is_read_in_request:
        put_in_queue(task, behind=waiting)
    target = access.target_of(task)
    ledger.reserve(actor, amount=task.price, reference=task.pk, label=target.label)
    record(actor, Action.TASK_STARTED, target, changes={"images": (None, len(images))})
    return task


@reading("getTask")
def get_image_task(actor: Actor, *, code: str) -> ImageTask:
    """One task, with its result where it has one.

    Raises:
        NoSuchImageTask: when there is none that the actor may know of.
        Forbidden: without `getTask`.
    """
    return access.image_task_to_read(actor, code)


@operation("createTask", Action.CREDITS_REFUNDED)
def report_wrong(actor: Actor, *, code: str) -> ImageTask:
    """Say that a result is wrong: its price comes back, the first time.

    Raises:
        NoSuchImageTask: when there is none that the actor may know of.
        NotFinished: when it has no result yet.
        Forbidden: without `createTask`.
    """
    task = access.image_task_to_change(actor, code)
    if task.state == ImageTaskState.WAITING:
        raise NotFinished("This task has no result yet that could be wrong. Ask for its result first.")
    if task.state == ImageTaskState.READY and not task.is_reported:
        task.is_reported = True
        task.save(update_fields=["is_reported"])
        ledger.refund_reported(actor, reference=task.pk)
    return task
