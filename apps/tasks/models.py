"""Tasks and their items, and what the workers know about each other: who is alive, and what is due when."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.audit import clock
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import MANAGES_ALL_SITES
from apps.tasks.bulk_models import SiteImport as SiteImport
from apps.tasks.kinds import Kind

FRESH_FOR = timedelta(seconds=60)
KEPT_FOR: Final = timedelta(days=30)  # after it finished
LONGEST_IDEMPOTENCY_KEY: Final = 255  # characters
IDEMPOTENT_FOR: Final = timedelta(hours=24)


class TaskState(models.TextChoices):
    """How far a task is, for a reader."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Finished with failures"
    CANCELLED = "cancelled", "Cancelled"
    GIVEN_UP = "given_up", "Given up"


class TaskQuerySet(models.QuerySet["Task"]):
    """Reading tasks."""

    def visible_to(self, actor: Actor) -> Self:
        """The tasks that the actor may know of: all of its account for owners and admins, else its own.

        A person's own tasks are theirs and those of their keys. A key that is limited to selected sites knows
        only what it started itself.
        """
        tasks = self.filter(account_id=actor.account_id)
        if not actor.reaches_all_sites:
            return tasks.filter(actor_kind=ActorKind.KEY, actor_id=actor.id)
        if actor.kind is ActorKind.SYSTEM or actor.role in MANAGES_ALL_SITES:
            return tasks
        return tasks.filter(started_by_id=actor.person_id, started_by__isnull=False)

    def unfinished(self) -> Self:
        """Tasks with something left to do."""
        return self.filter(finished_at=None)

    def outdated(self, now: datetime) -> Self:
        """Tasks that finished more than 30 days ago."""
        return self.filter(finished_at__lt=now - KEPT_FOR)

    def with_counts(self) -> Self:
        """With `done_count`, `failed_count` and `cancelled_count`."""
        return self.annotate(
            done_count=_count_of(ItemState.DONE),
            failed_count=_count_of(ItemState.FAILED),
            cancelled_count=_count_of(ItemState.CANCELLED),
        )


class Task(models.Model):
    """Work that outlives its request. This row and its items are the truth; the queue carries only its id.

    Attributes:
        kind: what is done with each item.
        title: what a reader calls it.
        total: how many items it has.
        actor_kind: who started it, as the audit log names them: `person` or `key`.
        actor_id: their id among their kind.
        actor_label: their name at that time.
        started_by: the person, or the key's creator.
        surface: the door that the request came through.
        ip: the address that it came from.
        request_id: its id.
        idempotency_key: the client's name for the request, so that a repetition starts nothing; empty after a day.
        inputs_digest: SHA-256 of kind and inputs, to tell a repetition from another request.
        queue_id: the id of its last entry in the queue.
        queued_at: when that was put there, or put back after something was done.
        attempts: how often it went back into the queue without anything having been done.
        gave_up: whether it was ended because its workers kept dying.
        done_count: how many items were done; like the next two, of `with_counts` alone.
        failed_count: how many failed.
        cancelled_count: how many were cancelled.
    """

    done_count: int
    failed_count: int
    cancelled_count: int

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=40, choices=Kind.choices)
    title = models.CharField(max_length=200)
    total = models.PositiveIntegerField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=320)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    surface = models.CharField(max_length=40)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=LONGEST_IDEMPOTENCY_KEY, blank=True)
    inputs_digest = models.BinaryField(max_length=32)
    queue_id = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    gave_up = models.BooleanField(default=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="task_newest"),
            models.Index(fields=["finished_at"], name="task_finished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "actor_kind", "actor_id", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="task_once_an_idempotency_key",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.finished_at is not None

    @property
    def ended_count(self) -> int:
        """How many items nothing more happens to; of `with_counts` alone."""
        return self.done_count + self.failed_count + self.cancelled_count

    @property
    def state(self) -> TaskState:
        """How far it is; of `with_counts` alone."""
        if self.gave_up:
            return TaskState.GIVEN_UP
        if self.cancelled_at:
            return TaskState.CANCELLED
        if self.is_finished:
            return TaskState.FAILED if self.failed_count else TaskState.DONE
        return TaskState.RUNNING if self.started_at else TaskState.WAITING


class ItemState(models.TextChoices):
    """What became of an item."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class TaskItemQuerySet(models.QuerySet["TaskItem"]):
    """Reading items."""

    def waiting(self) -> Self:
        """Items that nobody has done yet."""
        return self.filter(state=ItemState.WAITING)

    def failed(self) -> Self:
        """Items that could not be done."""
        return self.filter(state=ItemState.FAILED)

    def ended_since(self, moment: datetime) -> Self:
        """Items of which nothing more happens since then."""
        return self.filter(finished_at__gte=moment)


class TaskItem(models.Model):
    """One thing that a task does, and what came of it. Never a secret, in neither.

    Attributes:
        index: its place in the task, from 0.
        input: what the work is done with.
        problem: the class of the refusal that failed it.
        description: the same in a sentence, for a reader.
        result: what came of it.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="items")
    index = models.PositiveIntegerField()
    input = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    problem = models.CharField(max_length=80, blank=True)
    description = models.TextField(blank=True)
    result = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TaskItemQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["task", "state", "index"], name="task_item_in_state")]
        constraints = [models.UniqueConstraint(fields=["task", "index"], name="task_item_once_a_place")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.index}"

    @property
    def name(self) -> str:
        """What the item is about: the site's name, as it became or as it was asked for; empty where none was given."""
        return str(self.result.get("name") or self.input.get("name") or "")

    @property
    def site_key(self) -> str:
        """The site that the item is about, where there is one."""
        return str(self.result.get("site_key") or self.input.get("site_key") or "")


def _count_of(state: ItemState) -> Coalesce:
    """How many items of the task are in this state, by the index alone."""
    items = TaskItem.objects.filter(task=models.OuterRef("pk"), state=state).order_by()
    counted = items.values("task").annotate(number=models.Count("pk")).values("number")
    return Coalesce(models.Subquery(counted), 0)


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    """Readings of the workers' signs of life."""

    def fresh(self, now: datetime) -> Self:
        """The workers that gave a sign of life in the last 60 seconds."""
        return self.filter(beat_at__gt=now - FRESH_FOR)

    def stale(self, now: datetime) -> Self:
        """The workers that did not, and count as dead."""
        return self.filter(beat_at__lte=now - FRESH_FOR)


class WorkerHeartbeat(models.Model):
    """One running worker's last sign of life."""

    worker_id = models.CharField(primary_key=True, max_length=64)
    beat_at = models.DateTimeField()

    objects = WorkerHeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.worker_id} at {self.beat_at:%Y-%m-%d %H:%M:%S}"


class ScheduledTask(models.Model):
    """When a periodic task is due next. The row is the token that only one worker takes."""

    name = models.CharField(primary_key=True, max_length=100)
    next_run_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_run_at:%Y-%m-%d %H:%M:%S}"
