"""What keys were used for, by the hour, and from where."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models

COUNTS_ARE_KEPT_FOR: Final = timedelta(days=30)  # and the day that has begun
NETWORKS_ARE_KEPT_FOR: Final = timedelta(days=180)  # after the last use from there
LONGEST_OPERATION: Final = 80  # characters
LONGEST_REASON: Final = 80


class CallOutcome(models.TextChoices):
    """What became of a call with a key that is known here."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    INVALID = "invalid", "Invalid"
    LIMITED = "limited", "Limited"
    FAILED = "failed", "Failed"

    @classmethod
    def of_status(cls, status: int) -> "CallOutcome":
        """The outcome that an HTTP status stands for."""
        if status in {401, 403}:
            return cls.REFUSED
        if status == 429:
            return cls.LIMITED
        if status >= 500:
            return cls.FAILED
        return cls.INVALID if status >= 400 else cls.DONE


class KeyUsageQuerySet(models.QuerySet["KeyUsage"]):
    """Reading the counts."""

    def since(self, moment: datetime) -> Self:
        """Of the hours that began at `moment` or later."""
        return self.filter(hour__gte=moment)

    def outdated(self, now: datetime) -> Self:
        """Of hours that are no longer shown: those before the day that lies 30 days back."""
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return self.filter(hour__lt=today - COUNTS_ARE_KEPT_FOR)

    def calls_by(self, *fields: str) -> "models.QuerySet[KeyUsage, tuple[Any, ...]]":
        """The sums of calls for each combination of these fields: each field's value, then the sum."""
        return self.order_by().values_list(*fields).annotate(calls=models.Sum("count"))

    def refusals(self) -> "models.QuerySet[KeyUsage, tuple[Any, ...]]":
        """Why calls were refused, the most frequent first: reason, sum of calls, last hour in which it happened."""
        reasons = self.filter(outcome=CallOutcome.REFUSED).order_by().values_list("reason")
        sums = reasons.annotate(calls=models.Sum("count"), last_hour=models.Max("hour"))
        return sums.order_by("-calls", "reason")


class KeyUsage(models.Model):
    """How many calls of one kind a key made in one hour."""

    key = models.ForeignKey("api_keys.ApiKey", on_delete=models.CASCADE, related_name="usage", db_index=False)
    hour = models.DateTimeField(db_index=True)  # when it began, UTC
    operation = models.CharField(max_length=LONGEST_OPERATION)  # the permission, or the name of what needs none
    outcome = models.CharField(max_length=8, choices=CallOutcome)
    reason = models.CharField(max_length=LONGEST_REASON)  # of a refusal, in a few words; else empty
    count = models.PositiveBigIntegerField()

    objects = KeyUsageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "hour", "operation", "outcome", "reason"], name="api_key_usage_cell")
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.operation} {self.outcome}"


class KeyNetworkQuerySet(models.QuerySet["KeyNetwork"]):
    """Reading the networks."""

    def outdated(self, now: datetime) -> Self:
        """Those that no key was used from for so long that they are forgotten."""
        return self.filter(last_seen_at__lt=now - NETWORKS_ARE_KEPT_FOR)


class KeyNetwork(models.Model):
    """A network that a key was used from: a /24 or a /48."""

    key = models.ForeignKey("api_keys.ApiKey", on_delete=models.CASCADE, related_name="seen_networks", db_index=False)
    network = models.CharField(max_length=43)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(db_index=True)
    last_address = models.CharField(max_length=45)

    objects = KeyNetworkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "network"], name="api_key_network")]

    def __str__(self) -> str:
        return self.network
