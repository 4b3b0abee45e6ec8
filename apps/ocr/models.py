"""Images whose text is to be read: the rows are the truth, the queue carries their ids."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Account
from apps.audit import clock
from apps.credentials.base62 import ALPHABET
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import MANAGES_ALL_SITES

KEPT_FOR: Final = timedelta(hours=24)
CODE_LENGTH: Final = 10
LOST_AFTER: Final = timedelta(seconds=60)
"""A task that is read in its request and has not ended by then lost its process."""


def new_code() -> str:
    """The id of a task on the wire: ten letters and digits that nobody guesses."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def end_of_keeping() -> datetime:
    """When a task that begins now is forgotten."""
    return clock.now() + KEPT_FOR


class ImageTaskState(models.TextChoices):
    """How far a task is. It leaves `WAITING` once, together with the settlement of its price."""

    WAITING = "waiting", "Waiting"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Problem(models.TextChoices):
    """Why a task failed."""

    NO_TEXT = "no_text", "No text that fits was found"
    NOT_AN_IMAGE = "not_an_image", "The image cannot be read"
    GIVEN_UP = "given_up", "The server could not read it"


class ImageTaskQuerySet(models.QuerySet["ImageTask"]):
    """Reading image tasks."""

    def visible_to(self, actor: Actor, now: datetime) -> Self:
        """The tasks that the actor may know of: all of its account for owners and admins, else its own; for a day.

        A person's own tasks are theirs and those of their keys. A key that is limited to selected sites or one
        organization knows only what it started itself.
        """
        tasks = self.filter(account_id=actor.account_id, expires_at__gt=now)
        if not actor.reaches_all_sites:
            return tasks.filter(actor_kind=ActorKind.KEY, actor_id=actor.id)
        if actor.kind is ActorKind.SYSTEM or actor.role in MANAGES_ALL_SITES:
            return tasks
        return tasks.filter(started_by_id=actor.person_id, started_by__isnull=False)

    def waiting(self) -> Self:
        """Tasks that have not ended."""
        return self.filter(state=ImageTaskState.WAITING)

    def outdated(self, now: datetime) -> Self:
        """Tasks that have ended, and whose day is over."""
        return self.exclude(state=ImageTaskState.WAITING).filter(expires_at__lte=now)


class ImageTask(models.Model):
    """One or several images whose text somebody wants to have, and what became of it.

    Attributes:
        id: what its price is reserved under.
        code: its id on the wire.
        actor_kind: who started it, as the audit log names them: `person` or `key`.
        actor_id: their id among their kind.
        actor_label: their name at that time, such as the key's label.
        started_by: the person, or the key's creator.
        is_list: whether the images came as a list, so that the texts go as one.
        wishes: what the text has to be like, as `apps.ocr.wishes.Wishes` has it.
        price: in credits.
        is_read_in_request: whether its own request reads it, and no worker.
        texts: one for each image, empty where none was found.
        problem: a `Problem`, when it failed.
        description: the same in a sentence, for a reader.
        is_reported: whether its result was reported as wrong.
        queue_id: the id of its last entry in the queue.
        attempts: how often it went back into the queue.
        expires_at: when nothing is known of it any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="image_tasks")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=320)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=ImageTaskState.choices, default=ImageTaskState.WAITING)
    is_list = models.BooleanField(default=False)
    wishes = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)
    price = models.PositiveIntegerField(default=0)
    is_read_in_request = models.BooleanField(default=False)
    texts = models.JSONField[list[str], list[str]](default=list)
    problem = models.CharField(max_length=20, choices=Problem.choices, blank=True)
    description = models.CharField(max_length=300, blank=True)
    is_reported = models.BooleanField(default=False)
    queue_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(default=end_of_keeping)

    objects = ImageTaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="image_task_waiting"),
            models.Index(fields=["expires_at"], name="image_task_expiry"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="waiting", finished_at=None)
                | (~models.Q(state="waiting") & models.Q(finished_at__isnull=False)),
                name="image_task_ended_or_not",
            )
        ]

    def __str__(self) -> str:
        return self.code


class TaskImage(models.Model):
    """An image of a task that has not ended; it is deleted with the task's end.

    Attributes:
        index: its place in the task, from 0.
        content: its bytes, as they came.
    """

    task = models.ForeignKey(ImageTask, on_delete=models.CASCADE, related_name="images")
    index = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "index"], name="task_image_once_a_place")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.index}"
