"""Access returns the task or refuses. Who may not see a task gets the answer of one that does not exist."""

from typing import Final
from uuid import UUID

from apps.audit.record import Target
from apps.permissions.actor import Actor
from apps.permissions.refusals import NotFound
from apps.tasks.models import Task

NO_SUCH_TASK: Final = "There is no task with this id here. Tasks are kept for 30 days after they finished."


class NoSuchTask(NotFound):
    """There is no such task, or the actor may not know of it."""


def target_of(task: Task) -> Target:
    """The task as the audit log names it."""
    return Target("task", str(task.pk), task.title)


def task_to_read(actor: Actor, task_id: UUID) -> Task:
    """The task with this id, with its counts.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    return _found(Task.objects.visible_to(actor).with_counts().filter(pk=task_id).first())


def task_to_change(actor: Actor, task_id: UUID) -> Task:
    """The task with this id, locked until the transaction ends.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    return _found(Task.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=task_id).first())


def _found(task: Task | None) -> Task:
    if task is None:
        raise NoSuchTask(NO_SUCH_TASK)
    return task
