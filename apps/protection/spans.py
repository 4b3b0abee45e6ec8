"""How counts are cut into pieces of time: minutes, hours and days, those of UTC."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum


class Grain(StrEnum):
    """What one count stands for."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(**{f"{self.value}s": 1})

    def begin(self, moment: datetime) -> datetime:
        """When the one began that a moment lies in."""
        begun = moment.replace(second=0, microsecond=0)
        if self is not Grain.MINUTE:
            begun = begun.replace(minute=0)
        return begun.replace(hour=0) if self is Grain.DAY else begun

    def begins(self, first: datetime, end: datetime) -> Iterator[datetime]:
        """When each began that lies between two moments, oldest first."""
        begun = self.begin(first)
        yield begun
        while end - begun > self.length:  # never a moment beyond the end, which may be the calendar's
            begun += self.length
            yield begun
