"""What the traffic pages show: a span of time that ends now, its charts, and its sums in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from apps.listing.chart import Bar, Chart, Line, Point, Series
from apps.protection.spans import Grain
from apps.protection.traffic import Counted, Piece

CHALLENGES: Final = (Series("done", "Solved"), Series("limited", "Not solved"), Series("refused", "Blocked"))
VERIFICATIONS: Final = (Series("done", "Accepted"), Series("invalid", "Rejected"))


class Span(StrEnum):
    """How far back a page looks; its value stands in the address."""

    LIVE = "live"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"

    @property
    def label(self) -> str:
        """As the choice shows it."""
        return _SPANS[self][0]

    @property
    def words(self) -> str:
        """What it is, in a sentence: `the last 7 days`."""
        return _SPANS[self][1]

    @property
    def grain(self) -> Grain:
        """What one bar stands for."""
        return _SPANS[self][2]

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """The first moment and the moment after the last: whole pieces of time, of which the last has just begun."""
        begun = self.grain.begin(now)
        return begun - (_SPANS[self][3] - 1) * self.grain.length, begun + self.grain.length


_SPANS: Final[dict[Span, tuple[str, str, Grain, int]]] = {
    Span.LIVE: ("Live", "the last hour", Grain.MINUTE, 60),
    Span.DAY: ("24 h", "the last 24 hours", Grain.HOUR, 24),
    Span.WEEK: ("7 d", "the last 7 days", Grain.HOUR, 7 * 24),
    Span.MONTH: ("30 d", "the last 30 days", Grain.DAY, 30),
    Span.QUARTER: ("90 d", "the last 90 days", Grain.DAY, 90),
}


def span_of(text: str, usual: Span = Span.DAY) -> Span:
    """The span that an address names; the usual one where it names none."""
    return Span(text) if text in list(Span) else usual


@dataclass(frozen=True, slots=True)
class Sum:
    """One of the numbers at the head of a page."""

    label: str
    text: str
    note: str


def sums_of(counted: Counted) -> list[Sum]:
    """The numbers at the head of a page."""
    return [
        Sum("Issued", f"{counted.issued:,}", "challenges"),
        Sum("Solved", f"{counted.solved:,}", _share(counted.solve_rate, "of those issued")),
        Sum("Accepted", f"{counted.accepted:,}", _share(counted.acceptance_rate, "of verifications")),
        Sum("Rejected", f"{counted.rejected:,}", "verifications"),
        Sum("Blocked", f"{counted.blocked:,}", "by a rule or a limit"),
        Sum("Time to solve", seconds(counted.median_solve_ms), "half of them took no longer"),
    ]


def challenges(pieces: Sequence[Piece], total: Counted, span: Span) -> Chart:
    """What became of challenges: solved, not solved, refused.

    A challenge of one minute may be solved in the next, so that what is open at the end of each adds up to too much.
    """
    counts = ((piece.begins_at, piece.counted) for piece in pieces)
    bars = [Bar(at, [counted.solved, counted.unsolved, counted.blocked]) for at, counted in counts]
    sums = [total.solved, total.unsolved, total.blocked]
    return Chart("challenges-chart", f"Challenges in {span.words}", span.grain.value, CHALLENGES, bars, sums)


def verifications(pieces: Sequence[Piece], span: Span) -> Chart:
    """How verifications were answered."""
    bars = [Bar(piece.begins_at, [piece.counted.accepted, piece.counted.rejected]) for piece in pieces]
    return Chart("verifications-chart", f"Verifications in {span.words}", span.grain.value, VERIFICATIONS, bars)


def solve_rate(pieces: Sequence[Piece], span: Span) -> Line:
    """How many of the challenges were solved."""
    points = [Point(piece.begins_at, *_percent(piece.counted.solve_rate)) for piece in pieces]
    caption = f"Solve rate in {span.words}"
    return Line("rate-chart", caption, span.grain.value, "Solved, in %", "%", points, most=100)


def time_to_solve(pieces: Sequence[Piece], span: Span) -> Line:
    """How long half of the visitors took at most."""
    points = [Point(piece.begins_at, *_seconds(piece.counted.median_solve_ms)) for piece in pieces]
    caption = f"Time to solve in {span.words}"
    return Line("time-chart", caption, span.grain.value, "Half took at most", "s", points, most=4)


def percent(share: float | None) -> str:
    """A share in words; a dash for none."""
    return "–" if share is None else f"{share * 100:.0f} %"


def seconds(milliseconds: int | None) -> str:
    """A time in words; a dash for none."""
    return "–" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def _share(share: float | None, of_what: str) -> str:
    return f"{percent(share)} {of_what}" if share is not None else of_what


def _percent(share: float | None) -> tuple[float | None, str]:
    return None if share is None else round(share * 100, 1), percent(share)


def _seconds(milliseconds: int | None) -> tuple[float | None, str]:
    return None if milliseconds is None else round(milliseconds / 1000, 2), seconds(milliseconds)
