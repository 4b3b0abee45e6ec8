"""Access returns the task or refuses. Who may not see a task gets the answer of one that does not exist."""

from typing import Final

from apps.audit import clock
from apps.audit.record import Target
from apps.ocr.models import ImageTask
from apps.permissions.actor import Actor
from apps.permissions.refusals import NotFound

NO_SUCH_TASK: Final = "There is no task with this id here. Results are kept for 24 hours."


class NoSuchImageTask(NotFound):
    """There is no such task, or the actor may not know of it."""


def target_of(task: ImageTask) -> Target:
    """The task as the audit log names it, under the id that its credits are kept by."""
    return Target("work", str(task.pk), f"Reading text, {task.code}")


def image_task_to_read(actor: Actor, code: str) -> ImageTask:
    """The task with this id.

    Raises:
        NoSuchImageTask: when there is none that the actor may know of.
    """
    return _found(ImageTask.objects.visible_to(actor, clock.now()).filter(code=code).first())


def image_task_to_change(actor: Actor, code: str) -> ImageTask:
    """The task with this id, locked until the transaction ends.

    Raises:
        NoSuchImageTask: when there is none that the actor may know of.
    """
    tasks = ImageTask.objects.visible_to(actor, clock.now()).select_for_update(of=("self",))
    return _found(tasks.filter(code=code).first())


def _found(task: ImageTask | None) -> ImageTask:
    if task is None:
        raise NoSuchImageTask(NO_SUCH_TASK)
    return task
