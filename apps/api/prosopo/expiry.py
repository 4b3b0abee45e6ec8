"""When a rule ends, in the spellings that clients use."""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import UnsetType

from apps.audit import clock
from apps.permissions.refusals import Invalid

USUAL: Final = timedelta(hours=1)
_SECONDS_FROM: Final = 1_000_000_000  # a number from here on is a moment; a smaller one is a length of time
_MILLISECONDS_FROM: Final = 100_000_000_000


def read_expiry(given: int | str | UnsetType | None) -> datetime | None:
    """The moment that is meant; `None` for never, one hour from now where nothing is said.

    Args:
        given: seconds from now, epoch seconds, epoch milliseconds, or a time in ISO 8601.

    Raises:
        Invalid: for what cannot be read, or is no moment of the calendar.
    """
    if given is None:
        return None
    if isinstance(given, UnsetType):
        return clock.now() + USUAL
    try:
        return _moment_of_number(int(given)) if _is_number(str(given)) else _moment_of_text(str(given))
    except (ValueError, OverflowError, OSError):
        pass
    meant = "a time such as 2030-01-31T12:00:00Z, epoch seconds or milliseconds, seconds from now, or null for never"
    raise Invalid({"expiry": f"expiry is {str(given)[:40]!r}; it is {meant}."})


def _moment_of_number(number: int) -> datetime:
    if number < _SECONDS_FROM:
        return clock.now() + timedelta(seconds=number)
    return datetime.fromtimestamp(number / (1000 if number >= _MILLISECONDS_FROM else 1), UTC)


def _moment_of_text(text: str) -> datetime:
    """The moment; in UTC where the text names no zone."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdecimal()
