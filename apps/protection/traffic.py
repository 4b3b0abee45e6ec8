"""Reading how many challenges were issued, solved, accepted, rejected and blocked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models.functions import TruncSecond

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.protection.record_models import CaptchaRecord, RecordStatus, visits
from apps.protection.spans import Grain
from apps.protection.traffic_models import (
    BUCKETS,
    COUNTS,
    ROLL_UPS,
    SOLVE_BOUNDS_MS,
)
from apps.sites import access
from apps.sites.models import Site

MOST_TOP_ADDRESSES: Final = 10
LIVE_FOR: Final = timedelta(minutes=60)
_PLAIN: Final = COUNTS[: -len(BUCKETS)]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one piece of time, or in several together.

    Attributes:
        issued: challenges.
        solved: challenges whose solution arrived, each once.
        accepted: verifications that passed.
        rejected: verifications that did not, but for those that a rule blocked.
        blocked: challenges and verifications that were refused to a visitor by a rule, or by a limit.
        solve_ms_total: how long visitors took together, where their widgets told.
        took: how many took up to each bound of `SOLVE_BOUNDS_MS`, and longer.
    """

    issued: int = 0
    solved: int = 0
    accepted: int = 0
    rejected: int = 0
    blocked: int = 0
    solve_ms_total: int = 0
    took: tuple[int, ...] = (0,) * len(BUCKETS)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all was counted."""
        return not (self.issued or self.solved or self.answered or self.blocked)

    @property
    def answered(self) -> int:
        """Verifications that were asked for, but for those that a rule blocked."""
        return self.accepted + self.rejected

    @property
    def unsolved(self) -> int:
        """Challenges that nobody has solved, or not yet."""
        return max(0, self.issued - self.solved)

    @property
    def solve_rate(self) -> float | None:
        """How many of the challenges were solved, 0 to 1; `None` where there was none."""
        return min(1.0, self.solved / self.issued) if self.issued else None

    @property
    def acceptance_rate(self) -> float | None:
        """How many of the verifications passed, 0 to 1; `None` where there was none."""
        return self.accepted / self.answered if self.answered else None

    @property
    def mean_solve_ms(self) -> int | None:
        """How long visitors took on average; `None` where no widget told."""
        timed = sum(self.took)
        return round(self.solve_ms_total / timed) if timed else None

    @property
    def median_solve_ms(self) -> int | None:
        """How long half of the visitors took at most, as well as the bounds tell; `None` where no widget told."""
        half, below, low = sum(self.took) / 2, 0, 0
        for count, high in zip(self.took, (*SOLVE_BOUNDS_MS, 2 * SOLVE_BOUNDS_MS[-1]), strict=True):
            if count and below + count >= half:
                return round(low + (high - low) * (half - below) / count)
            below, low = below + count, high
        return None

    def __add__(self, other: "Counted") -> "Counted":
        took = tuple(one + another for one, another in zip(self.took, other.took, strict=True))
        sums = {name: getattr(self, name) + getattr(other, name) for name in _PLAIN}
        return Counted(**sums, took=took)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of time with its counts."""

    begins_at: datetime
    counted: Counted


@dataclass(frozen=True, slots=True)
class SiteTraffic:
    """A site with its counts."""

    site: Site
    counted: Counted


@dataclass(frozen=True, slots=True)
class LivePoint:
    """The challenges of one piece of a window of time that were answered or blocked."""

    begins_at: datetime
    accepted: int
    refused: int
    blocked: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.accepted + self.refused + self.blocked


@dataclass(frozen=True, slots=True)
class LiveSessions:
    """What became of the challenges of a window of time that ends now.

    Attributes:
        points: oldest first, none left out.
        unique_addresses: how many addresses they came from, as far as addresses are kept.
        top_addresses: those that most came from, with how many.
    """

    points: list[LivePoint]
    unique_addresses: int
    top_addresses: list[tuple[str, int]] = field(default_factory=list)


@reading("getTraffic")
def count_traffic(
    actor: Actor, *, first: datetime, end: datetime, grain: Grain, site_keys: Sequence[str] = ()
) -> list[Piece]:
    """What was counted in each minute, hour or day, oldest first, none left out.

    Args:
        actor: who asks.
        first: the first moment; the piece that it lies in counts as a whole.
        end: the moment after the last.
        grain: the pieces.
        site_keys: of these sites, in any contract's spelling; by default of all that the actor may see.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getTraffic`.
    """
    rows = ROLL_UPS[grain].objects.between(grain.begin(first), end).filter(site__in=_sites(actor, site_keys))
    sums = rows.order_by().values_list("begins_at").annotate(*(models.Sum(name) for name in COUNTS))
    counted = {begins_at: _counted(counts) for begins_at, *counts in sums}
    return [Piece(begins_at, counted.get(begins_at, Counted())) for begins_at in grain.begins(first, end)]


@reading("getTraffic")
def traffic_by_site(actor: Actor, *, first: datetime, end: datetime, grain: Grain) -> list[SiteTraffic]:
    """What was counted at each of the sites that the actor may see, busiest first; those without any are left out.

    Raises:
        Forbidden: without `getTraffic`.
    """
    rows = ROLL_UPS[grain].objects.between(grain.begin(first), end).filter(site__in=Site.objects.visible_to(actor))
    sums = rows.order_by().values_list("site").annotate(*(models.Sum(name) for name in COUNTS))
    counted = {site_id: _counted(counts) for site_id, *counts in sums}
    sites = Site.objects.in_bulk(counted)
    found = [SiteTraffic(sites[site_id], counts) for site_id, counts in counted.items()]
    return sorted(found, key=lambda one: (-(one.counted.issued + one.counted.blocked), one.site.name, one.site.pk))


@reading("getTraffic")
def live_sessions(
    actor: Actor, *, site_key: str, now: datetime, window: timedelta = LIVE_FOR, bucket: timedelta
) -> LiveSessions:
    """What became of the challenges that were answered or blocked in a window of time that ends now.

    Args:
        actor: who asks.
        site_key: of which site, in any contract's spelling.
        now: when the window ends.
        window: how long it is.
        bucket: how long each of its pieces is; the last may be shorter than it.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getTraffic`.
    """
    site = access.site_to_read(actor, site_key)
    first = (now - window).replace(microsecond=0)
    records = CaptchaRecord.objects.of_site(site).between(first, now).order_by()
    pieces = [first + number * bucket for number in range(-(-(now - first) // bucket))]
    by_second = records.annotate(second=TruncSecond("recorded_at")).values_list("second", "status")
    counts: dict[int, dict[str, int]] = {}
    for second, status, count in by_second.annotate(count=visits()):
        piece = counts.setdefault((second - first) // bucket, dict.fromkeys(RecordStatus.values, 0))
        piece[status] += count
    nothing = dict.fromkeys(RecordStatus.values, 0)
    points = [LivePoint(begin, **counts.get(place, nothing)) for place, begin in enumerate(pieces)]
    known = records.exclude(address="")
    unique = known.aggregate(count=models.Count("address", distinct=True))["count"]
    top = known.values_list("address").annotate(count=visits()).order_by("-count", "address")
    return LiveSessions(points, unique, [(address, count) for address, count in top[:MOST_TOP_ADDRESSES]])


def total_of(pieces: Iterable[Piece | SiteTraffic]) -> Counted:
    """Everything together."""
    total = Counted()
    for piece in pieces:
        total += piece.counted
    return total


def _sites(actor: Actor, site_keys: Sequence[str]) -> models.QuerySet[Site] | list[Site]:
    if not site_keys:
        return Site.objects.visible_to(actor)
    return [access.site_to_read(actor, site_key) for site_key in site_keys]


def _counted(sums: Sequence[int | None]) -> Counted:
    counts = [count or 0 for count in sums]
    return Counted(**dict(zip(_PLAIN, counts, strict=False)), took=tuple(counts[len(_PLAIN) :]))
