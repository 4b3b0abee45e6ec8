"""The moment that is written down.

Everything that stores a time asks here, so that the demo can tell a month's story and a test can stand
still, without either touching the machine's clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The current time in UTC, or the one that `at` has set."""
    return _moment.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `now()` be `moment` inside the block."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)
