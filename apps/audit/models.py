"""The audit log's tables. Nobody is known here: actor and target are kind, id and a label frozen at the time."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db import models

from apps.audit.actions import Action
from apps.audit.differences import Difference, differences_of


class Outcome(models.TextChoices):
    """Whether the action happened."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Reading the log. Nothing here writes."""

    def of_account(self, account_id: UUID | None) -> Self:
        """The events of one account."""
        return self.filter(account_id=account_id)

    def on_target(self, kind: str, target_id: str) -> Self:
        """What was done to one thing."""
        return self.filter(target_kind=kind, target_id=target_id)

    def on_site(self, text: str) -> Self:
        """What was done to sites whose name at that time contained `text`, or whose site key it is."""
        return self.filter(models.Q(target_label__icontains=text) | models.Q(target_id=text), target_kind="site")

    def by_actor(self, text: str) -> Self:
        """What was done by actors whose label contains `text`, or whose id it is."""
        return self.filter(models.Q(actor_label__icontains=text) | models.Q(actor_id=text))

    def between(self, first: datetime | None, end: datetime | None) -> Self:
        """Events at or after `first` and before `end`; `None` leaves that side open."""
        found = self
        if first:
            found = found.filter(at__gte=first)
        if end:
            found = found.filter(at__lt=end)
        return found

    def newest_first(self) -> Self:
        """In the order of the chain, the newest first."""
        return self.order_by("-sequence")


class AuditEvent(models.Model):
    """One thing that was done or refused. Rows are only ever added (`append_only.py` holds the database to it)."""

    account_id = models.UUIDField()
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=40)  # an Action; without choices, so that a new one needs no migration
    outcome = models.CharField(max_length=7, choices=Outcome.choices, default=Outcome.DONE)
    reason = models.TextField(blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=320)
    target_kind = models.CharField(max_length=20)
    target_id = models.CharField(max_length=64)
    target_label = models.CharField(max_length=320)
    surface = models.CharField(max_length=40)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    changes = models.JSONField[dict[str, list[Any]], dict[str, list[Any]]](default=dict)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "sequence"], name="audit_event_once_in_chain")]
        indexes = [
            models.Index(fields=["account_id", "at"], name="audit_event_at"),
            models.Index(fields=["account_id", "action", "sequence"], name="audit_event_action"),
            models.Index(fields=["account_id", "target_kind", "target_id", "sequence"], name="audit_event_target"),
            models.Index(fields=["account_id", "actor_id", "sequence"], name="audit_event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"

    def get_action_display(self) -> str:
        """The action in words; of an action that a later version knows, its name."""
        return str(Action(self.action).label) if self.action in Action.values else self.action

    @property
    def was_refused(self) -> bool:
        """Whether the action did not happen."""
        return self.outcome == Outcome.REFUSED

    @property
    def target_title(self) -> str:
        """What the target was called; of work that was recorded by its id alone, the beginning of that."""
        is_named = self.target_kind != "work" or self.target_label != self.target_id
        return self.target_label if is_named else f"Work {self.target_id[:8]}"

    @property
    def hash_hex(self) -> str:
        """The event's hash as 64 hexadecimal digits."""
        return bytes(self.hash).hex()

    @property
    def previous_hash_hex(self) -> str:
        """The hash of the event before, as 64 hexadecimal digits."""
        return bytes(self.previous_hash).hex()

    @property
    def is_about_its_actor(self) -> bool:
        """Whether somebody did this to themselves, as in signing in."""
        return (self.target_kind, self.target_id) == (self.actor_kind, self.actor_id)

    @property
    def differences(self) -> list[Difference]:
        """What changed, field by field, for a reader."""
        return differences_of(self.changes)


class AuditChain(models.Model):
    """The end of one account's chain: the row that writers queue for."""

    account_id = models.UUIDField(primary_key=True)
    length = models.PositiveBigIntegerField(default=0)
    head = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.length}"
