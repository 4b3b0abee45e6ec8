"""How many challenges of a site were issued, solved, accepted, refused and blocked: by the minute, hour and day."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models

from apps.protection.spans import Grain
from apps.sites.models import Site

SOLVE_BOUNDS_MS: Final = (500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000)
BUCKETS: Final = (
    "within_500ms",
    "within_1s",
    "within_2s",
    "within_4s",
    "within_8s",
    "within_16s",
    "within_32s",
    "over_32s",
)
"""The columns that count how long visitors took, one for each bound and one for what took longer."""

COUNTS: Final = ("issued", "solved", "accepted", "rejected", "blocked", "solve_ms_total", *BUCKETS)


MINUTES_ARE_KEPT_FOR: Final = timedelta(days=2)
HOURS_ARE_KEPT_FOR: Final = timedelta(days=90)  # or as long as days are, if that is shorter


class TrafficQuerySet(models.QuerySet["Traffic"]):
    """Reading roll-ups."""

    def between(self, first: datetime, end: datetime) -> Self:
        """Those that begin from `first` on and before `end`."""
        return self.filter(begins_at__gte=first, begins_at__lt=end)

    def outdated(self, now: datetime, kept: timedelta) -> Self:
        """Those that began longer ago than they are kept."""
        return self.filter(begins_at__lt=now - kept)


class Traffic(models.Model):
    """What was counted at a site from one moment on.

    `issued` and `blocked` are challenges; `solved` are challenges whose solution arrived, each once; `accepted` and
    `rejected` are answers to verifications, each of which counts.
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    begins_at = models.DateTimeField(db_index=True)
    issued = models.PositiveBigIntegerField(default=0)
    solved = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    blocked = models.PositiveBigIntegerField(default=0)
    solve_ms_total = models.PositiveBigIntegerField(default=0)
    within_500ms = models.PositiveBigIntegerField(default=0)
    within_1s = models.PositiveBigIntegerField(default=0)
    within_2s = models.PositiveBigIntegerField(default=0)
    within_4s = models.PositiveBigIntegerField(default=0)
    within_8s = models.PositiveBigIntegerField(default=0)
    within_16s = models.PositiveBigIntegerField(default=0)
    within_32s = models.PositiveBigIntegerField(default=0)
    over_32s = models.PositiveBigIntegerField(default=0)

    objects = TrafficQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["site", "begins_at"], name="%(class)s_cell")]

    def __str__(self) -> str:
        return f"{self.begins_at:%Y-%m-%d %H:%M}: {self.issued} issued"


class TrafficMinute(Traffic):
    """For the live view."""


class TrafficHour(Traffic):
    """For charts of days."""


class TrafficDay(Traffic):
    """For charts of weeks and months; a day of UTC."""


ROLL_UPS: Final[dict[Grain, type[Traffic]]] = {
    Grain.MINUTE: TrafficMinute,
    Grain.HOUR: TrafficHour,
    Grain.DAY: TrafficDay,
}
