"""How much work a level is: the one place that turns levels into numbers for the algorithm.

A solver tries counters from 0 upwards, each by PBKDF2-HMAC-SHA256 with `cost` iterations, until it meets the one
that the server has drawn below `counters`: on average half of them. PBKDF2 runs natively in browsers
(WebCrypto), so that a native program has little advantage over a visitor's phone.
"""

from dataclasses import dataclass
from typing import Final

from apps.sites.difficulty import LEVELS, relative_work

ALGORITHM: Final = "PBKDF2/SHA-256"
USUAL_ITERATIONS: Final = 200_000
"""Expected at the usual level 96; docs/operating.md says how many seconds that is, and on what."""

MOST_COST: Final = 2_000  # iterations of one try; the server does one when it issues a challenge
USUAL_COUNTERS: Final = 200  # enough that luck evens out, few enough that calls in the browser cost little


@dataclass(frozen=True, slots=True)
class Work:
    """The parameters of one challenge.

    Attributes:
        cost: iterations of one try.
        counters: how many counters the right one was drawn from.
    """

    cost: int
    counters: int

    @property
    def expected_iterations(self) -> float:
        """What solving takes on average."""
        return self.cost * (self.counters + 1) / 2


UNPROTECTED: Final = 0
"""The level of the challenges of a site whose protection is off: the first try is right."""

NONE: Final = Work(cost=1, counters=1)


def work_for(level: int) -> Work:
    """The work of a level. It doubles every 8 levels, from some dozens of iterations to 10¹¹.

    Args:
        level: 1 to 255; what is beyond counts as the end.
    """
    wanted = USUAL_ITERATIONS * relative_work(clamped(level))
    cost = max(1, min(MOST_COST, round(2 * wanted / USUAL_COUNTERS)))
    return Work(cost=cost, counters=max(2, round(2 * wanted / cost) - 1))


def clamped(level: int) -> int:
    """The level within 1 to 255."""
    return max(LEVELS[0], min(level, LEVELS[-1]))
