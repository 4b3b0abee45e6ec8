"""How a site's `growth` raises the level while a site, or an address, asks for many challenges.

Both rates are counted in the memory of each process, in sliding windows: a brake, not an account book. With several
processes each sees its share, so growth begins up to that many times later. A restart forgets the rates.
"""

import threading
import time
from dataclasses import dataclass
from math import log2
from typing import Final

from apps.protection.work import clamped
from apps.sites.models import Growth, Site

LEVELS_PER_DOUBLING_OF_RATE: Final = {Growth.CONSTANT: 0, Growth.SLOW: 4, Growth.MEDIUM: 8, Growth.FAST: 16}
"""What each doubling of an address's rate adds; of a site's rate it is half of it."""

FREE_FOR_ADDRESS: Final = 10  # challenges in 10 minutes that raise nothing
FREE_FOR_SITE: Final = 300  # challenges in a minute
MOST_FOR_ADDRESS: Final = 48  # levels: 64 times the work
MOST_FOR_SITE: Final = 24  # levels: 8 times the work
ADDRESS_WINDOW: Final = 600.0  # seconds
SITE_WINDOW: Final = 60.0  # seconds
MOST_COUNTED: Final = 100_000  # addresses, or sites, in a window


@dataclass(frozen=True, slots=True)
class Rates:
    """What was asked for recently, this time included.

    Attributes:
        of_address: challenges of one site for one address in the last 10 minutes, about.
        of_site: challenges of the site in the last minute, about.
    """

    of_address: float
    of_site: float


class RecentCounts:
    """Counts in a sliding window: those of the running window, and the part of the last one that still reaches in."""

    def __init__(self, window: float) -> None:
        """Begin.

        Args:
            window: its length in seconds.
        """
        self._window = window
        self._lock = threading.Lock()
        self._number = 0
        self._now: dict[object, int] = {}
        self._before: dict[object, int] = {}

    def add(self, who: object, moment: float) -> float:
        """Count one more.

        Args:
            who: what is counted.
            moment: seconds of a clock that only goes forwards.

        Returns:
            About how many there were in the last `window` seconds.
        """
        number = int(moment // self._window)
        with self._lock:
            if number != self._number:
                self._before = self._now if number == self._number + 1 else {}
                self._now, self._number = {}, number
            if who in self._now or len(self._now) < MOST_COUNTED:
                self._now[who] = self._now.get(who, 0) + 1
            gone = moment / self._window - number
            return self._now.get(who, 1) + self._before.get(who, 0) * (1 - gone)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._now, self._before = {}, {}


_addresses = RecentCounts(ADDRESS_WINDOW)
_sites = RecentCounts(SITE_WINDOW)


def count(site: Site, address_digest: bytes) -> Rates:
    """Count a challenge that is asked for now.

    Args:
        site: whose.
        address_digest: who asks (`signing.address_digest`).
    """
    moment = time.monotonic()
    return Rates(_addresses.add((site.pk, address_digest), moment), _sites.add(site.pk, moment))


def forget() -> None:
    """Forget all rates."""
    _addresses.clear()
    _sites.clear()


def raised_level(level: int, growth: str, rates: Rates) -> int:
    """The level that a site at `level` asks for at these rates.

    Args:
        level: the site's own, 1 to 255.
        growth: the site's.
        rates: what was asked for recently.
    """
    step = LEVELS_PER_DOUBLING_OF_RATE[Growth(growth)]
    for_address = min(MOST_FOR_ADDRESS, step * _doublings(rates.of_address, FREE_FOR_ADDRESS))
    for_site = min(MOST_FOR_SITE, step / 2 * _doublings(rates.of_site, FREE_FOR_SITE))
    return clamped(level + round(for_address + for_site))


def _doublings(rate: float, free: int) -> float:
    return log2(rate / free) if rate > free else 0.0
