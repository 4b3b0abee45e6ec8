"""Everything that can be done with a task: start, read, cancel.

Starting a batch needs the permission for what it does with each item, and nothing more: a batch can do only what
whoever started it could do one by one.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Invalid
from apps.tasks import access
from apps.tasks.kinds import Kind
from apps.tasks.models import IDEMPOTENT_FOR, LONGEST_IDEMPOTENCY_KEY, ItemState, Task, TaskItem, TaskQuerySet
from apps.tasks.running import put_in_queue

MOST_ITEMS: Final = 10_000

Inputs = Sequence[dict[str, Any]]


class IdempotencyConflict(Conflict):
    """The same key came with something else within a day."""


class TaskFinished(Conflict):
    """There is nothing left to cancel."""


def start_task(actor: Actor, *, kind: str, inputs: Inputs, title: str, idempotency_key: str = "") -> Task:
    """Start a task of any kind; see the operation of that kind.

    Args:
        actor: who; the items are done as what they are then.
        kind: a `Kind`.
        inputs: what each item is done with, as `apps.tasks.site_work` says; plain JSON, checked, never a secret.
        title: what a reader calls the task.
        idempotency_key: the same key with the same inputs gives the same task for a day.

    Raises:
        Invalid: for no item, more than 10,000, or too long a key.
        IdempotencyConflict: for a key that came with other inputs.
        Forbidden: without the permission for what the task does.
    """
    return _STARTERS[Kind(kind)](actor, inputs=inputs, title=title, idempotency_key=idempotency_key)


@operation("createSite", Action.TASK_STARTED)
def create_sites(actor: Actor, *, inputs: Inputs, title: str, idempotency_key: str = "") -> Task:
    """Start a task that creates sites; as `start_task`."""
    return _start(actor, Kind.SITES_CREATE, inputs, title, idempotency_key)


@operation("updateSite", Action.TASK_STARTED)
def update_sites(actor: Actor, *, inputs: Inputs, title: str, idempotency_key: str = "") -> Task:
    """Start a task that changes sites; as `start_task`."""
    return _start(actor, Kind.SITES_UPDATE, inputs, title, idempotency_key)


@operation("deleteSite", Action.TASK_STARTED)
def delete_sites(actor: Actor, *, inputs: Inputs, title: str, idempotency_key: str = "") -> Task:
    """Start a task that deletes sites; as `start_task`."""
    return _start(actor, Kind.SITES_DELETE, inputs, title, idempotency_key)


@operation("deleteRuleGroup", Action.TASK_STARTED)
def delete_rule_groups(actor: Actor, *, inputs: Inputs, title: str, idempotency_key: str = "") -> Task:
    """Start a task that deletes groups of access rules; as `start_task`."""
    return _start(actor, Kind.RULES_DELETE, inputs, title, idempotency_key)


_STARTERS: Final[Mapping[Kind, Callable[..., Task]]] = {
    Kind.SITES_CREATE: create_sites,
    Kind.SITES_UPDATE: update_sites,
    Kind.SITES_DELETE: delete_sites,
    Kind.RULES_DELETE: delete_rule_groups,
}


@reading("getTask")
def get_task(actor: Actor, *, task_id: UUID) -> Task:
    """One task, with its counts.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `getTask`.
    """
    return access.task_to_read(actor, task_id)


@reading("getTask")
def list_tasks(actor: Actor) -> TaskQuerySet:
    """The tasks that the actor may see, with their counts, to be paged by the caller.

    Raises:
        Forbidden: without `getTask`.
    """
    return Task.objects.visible_to(actor).with_counts()


@operation("createTask", Action.TASK_CANCELLED)
def cancel_task(actor: Actor, *, task_id: UUID) -> Task:
    """Cancel what a task has not begun. An item that is being done is finished first; what is done stays.

    Raises:
        NotFound: when there is none that the actor may know of.
        TaskFinished: when nothing is left to do.
        Forbidden: without `createTask`.
    """
    task = access.task_to_change(actor, task_id)
    if task.is_finished:
        raise TaskFinished(f"“{task.title}” has finished already, so nothing was cancelled.")
    now = clock.now()
    cancelled = task.items.waiting().update(state=ItemState.CANCELLED, finished_at=now)
    if not cancelled:
        raise TaskFinished(f"“{task.title}” has nothing left to begin, so nothing was cancelled.")
    task.cancelled_at = task.finished_at = now
    task.save(update_fields=["cancelled_at", "finished_at"])
    record(actor, Action.TASK_CANCELLED, access.target_of(task), changes={"cancelled_items": (None, cancelled)})
    return task


def _start(actor: Actor, kind: Kind, inputs: Inputs, title: str, idempotency_key: str) -> Task:
    if not inputs or len(inputs) > MOST_ITEMS:
        raise Invalid({"items": f"A task has 1 to {MOST_ITEMS:,} items; this one has {len(inputs):,}. Split it."})
    if len(idempotency_key) > LONGEST_IDEMPOTENCY_KEY:
        raise Invalid({"idempotency_key": f"The key has more than {LONGEST_IDEMPOTENCY_KEY} characters. Shorten it."})
    digest = hashlib.sha256(json.dumps([kind, list(inputs)], sort_keys=True).encode()).digest()
    if idempotency_key and (repeated := _repeated(actor, idempotency_key, digest)):
        return repeated
    task = _new_task(actor, kind, inputs, title, idempotency_key, digest)
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:  # the same request was quicker
        if repeated := _repeated(actor, idempotency_key, digest):
            return repeated
        raise
    TaskItem.objects.bulk_create(
        [TaskItem(task=task, index=index, input=given) for index, given in enumerate(inputs)], batch_size=1000
    )
    put_in_queue(task)
    record(actor, Action.TASK_STARTED, access.target_of(task), changes={"items": (None, task.total)})
    return task


def _repeated(actor: Actor, idempotency_key: str, digest: bytes) -> Task | None:
    """The task that this request started before, within a day; an older one gives its key free.

    Raises:
        IdempotencyConflict: when the key came with something else.
    """
    same = Task.objects.filter(
        account_id=actor.own_account_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        idempotency_key=idempotency_key,
    )
    same.filter(created_at__lte=clock.now() - IDEMPOTENT_FOR).update(idempotency_key="")
    task = same.first()
    if task is not None and bytes(task.inputs_digest) != digest:
        raise IdempotencyConflict(
            "This idempotency key came with another request within the last 24 hours. Use a new key for a new request."
        )
    return task


def _new_task(actor: Actor, kind: Kind, inputs: Inputs, title: str, idempotency_key: str, digest: bytes) -> Task:
    return Task(
        account_id=actor.own_account_id,
        kind=kind,
        title=title[:200],
        total=len(inputs),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:320],
        started_by_id=actor.person_id,
        surface=actor.source.surface[:40],
        ip=actor.source.ip,
        request_id=actor.source.request_id[:64],
        idempotency_key=idempotency_key,
        inputs_digest=digest,
        created_at=clock.now(),
    )
