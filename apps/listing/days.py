"""The days that a filter asks for: those of the zone that its address names, else those of UTC.

The zone stands in the address beside the days, so that a link and an export mean the same rows for everybody.
"""

import functools
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

FIELDS = ("from", "to", "zone")


def with_known_zone(chosen: Mapping[str, str]) -> dict[str, str]:
    """What was chosen, without days that there are none of, and without a zone where no day is left or none is known.

    Args:
        chosen: `from` and `to` as `YYYY-MM-DD`, `zone` as an IANA name, and whatever else.
    """
    found = {name: chosen[name] if _read(chosen[name]) else "" for name in ("from", "to")}
    has_days = any(found.values())
    return {**chosen, **found, "zone": chosen["zone"] if has_days and chosen["zone"] in _known_zones() else ""}


def start_of(day: str, zone: str = "") -> datetime | None:
    """When a day begins; `None` for what is no day, and for one that begins before there are any.

    Args:
        day: as `YYYY-MM-DD`.
        zone: one that is known here; empty for UTC.
    """
    read = _read(day)
    return _midnight(read, zone) if read else None


def end_of(day: str, zone: str = "") -> datetime | None:
    """When the day after begins, 23 to 25 hours later; `None` for what is no day, and for the last that there is."""
    read = _read(day)
    return _midnight(read + timedelta(days=1), zone) if read and read < date.max else None


def _read(day: str) -> date | None:
    try:
        return datetime.strptime(day, "%Y-%m-%d").date()
    except ValueError:
        return None


def _midnight(day: date, zone: str) -> datetime | None:
    """The first moment of a day. Where clocks skip midnight, that is when they do; where they repeat it, the first."""
    begun = datetime.combine(day, time.min, tzinfo=zoneinfo.ZoneInfo(zone) if zone else UTC)
    try:
        return begun.astimezone(UTC)
    except OverflowError:
        return None


@functools.cache
def _known_zones() -> frozenset[str]:
    """The names of all zones that this machine knows. Reading them is slow, and a name is never opened as a path."""
    return frozenset(zoneinfo.available_timezones())
