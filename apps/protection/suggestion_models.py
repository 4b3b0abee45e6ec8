"""Rules that the records speak for: each with its evidence, and what somebody decided about it."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models

from apps.accounts.models import Account
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection.conditions import LONGEST_VALUE, Field
from apps.protection.rule_models import RuleType
from apps.sites.models import Site

KEPT_FOR: Final = timedelta(days=30)  # after the records last spoke for it


class SuggestionStatus(models.TextChoices):
    """What became of a suggestion."""

    OPEN = "open", "Open"
    APPLIED = "applied", "Applied"
    DISMISSED = "dismissed", "Dismissed"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Reading suggestions."""

    def visible_to(self, actor: Actor) -> Self:
        """The suggestions for the sites that the actor may know of."""
        return self.filter(account_id=actor.account_id, site__in=Site.objects.visible_to(actor))

    def with_status(self, status: str) -> Self:
        """Those of which this became."""
        return self.filter(status=status)

    def outdated(self, moment: datetime) -> Self:
        """Those that the records have not spoken for in 30 days."""
        return self.filter(seen_at__lt=moment - KEPT_FOR)


class Suggestion(models.Model):
    """A rule for one site that its records speak for. A site's field and value are suggested once.

    Attributes:
        field: what the rule would ask for.
        value: in its canonical spelling.
        type: what it would do.
        attempts: visits of the group in the 24 hours before `seen_at`.
        failures: those of them that did not pass.
        rest_attempts: those of the site's other visitors in the same time.
        rest_failures: those of them that did not pass.
        addresses: how many different addresses the group has.
        seen_at: when the records last spoke for it.
        handle: of the rule that was made of it.
        decided_at: when it was applied or dismissed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="suggestions")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="suggestions")
    field = models.CharField(max_length=16)
    value = models.CharField(max_length=LONGEST_VALUE)
    type = models.CharField(max_length=8, choices=RuleType.choices)
    status = models.CharField(max_length=9, choices=SuggestionStatus.choices, default=SuggestionStatus.OPEN)
    attempts = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    rest_attempts = models.PositiveIntegerField()
    rest_failures = models.PositiveIntegerField()
    addresses = models.PositiveIntegerField()
    handle = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_label = models.CharField(max_length=320, blank=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "field", "value"], name="suggestion_once")]
        indexes = [
            models.Index(fields=["account", "status", "-failures", "id"], name="suggestion_worst"),
            models.Index(fields=["seen_at"], name="suggestion_seen"),
        ]

    def __str__(self) -> str:
        return f"{Field(self.field).label} {self.value}"

    @property
    def field_label(self) -> str:
        """What the rule would ask for, for a reader."""
        return Field(self.field).label

    @property
    def is_block(self) -> bool:
        """Whether the rule would turn visitors away."""
        return self.type == RuleType.BLOCK

    @property
    def failure_percent(self) -> int:
        """How many of a hundred attempts of the group did not pass."""
        return percent(self.failures, self.attempts)

    @property
    def rest_percent(self) -> int:
        """The same of the site's other visitors."""
        return percent(self.rest_failures, self.rest_attempts)

    @property
    def evidence(self) -> dict[str, Any]:
        """What the records say, as the wire spells it."""
        return {
            "attempts": self.attempts,
            "failures": self.failures,
            "failureRate": round(self.failures / max(self.attempts, 1), 4),
            "siteAttempts": self.rest_attempts,
            "siteFailureRate": round(self.rest_failures / max(self.rest_attempts, 1), 4),
            "uniqueIps": self.addresses,
        }


def percent(part: int, whole: int) -> int:
    """A share of a whole, of which there may be nothing."""
    return round(100 * part / whole) if whole else 0
