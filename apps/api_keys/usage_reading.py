"""Reading what a key was used for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from apps.api_keys import access
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.operations import reach_in_words
from apps.api_keys.usage import hour_of
from apps.api_keys.usage_models import CallOutcome, KeyNetwork
from apps.audit import clock
from apps.listing.chart import Bar
from apps.permissions.actor import Actor
from apps.permissions.operation import reading

HOURS_SHOWN: Final = 48
DAYS_SHOWN: Final = 30  # today is one of them
LONGEST_LIST: Final = 50  # networks, or reasons
AN_HOUR: Final = timedelta(hours=1)
A_DAY: Final = timedelta(days=1)
_HOUR_IN_A_FILE: Final = "%Y-%m-%dT%H:%M:%SZ"


class Grain(StrEnum):
    """What one bar of the chart stands for; its value is a query's."""

    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return AN_HOUR if self is Grain.HOUR else A_DAY

    def first(self, now: datetime) -> datetime:
        """When the first one that is shown began."""
        if self is Grain.HOUR:
            return hour_of(now) - (HOURS_SHOWN - 1) * AN_HOUR
        return day_of(now) - (DAYS_SHOWN - 1) * A_DAY

    def begins(self, now: datetime) -> list[datetime]:
        """When each that is shown began, oldest first."""
        count = HOURS_SHOWN if self is Grain.HOUR else DAYS_SHOWN
        return [self.first(now) + number * self.length for number in range(count)]

    def of(self, hour: datetime) -> datetime:
        """When the one began that this hour belongs to."""
        return hour if self is Grain.HOUR else day_of(hour)


@dataclass(frozen=True, slots=True)
class OperationCalls:
    """The calls of an operation, by outcome in the order of `CallOutcome`."""

    name: str
    counts: list[int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Total:
    """The calls of a span that ends now."""

    label: str
    calls: int
    not_done: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often calls were refused for one reason, and when last."""

    reason: str
    calls: int
    last_hour: datetime


@dataclass(frozen=True, slots=True)
class KeyUsageReport:
    """What is known of the use of a key.

    Attributes:
        key: which key, with creator and account.
        reach: the sites that it reaches: the names, or one text for all.
        tokens: the newest, and earlier ones in their overlap after a rotation.
        grain: what one bar of `times` stands for.
        totals: of the last day, week and month.
        times: the calls in each hour or day, oldest first, none left out.
        operations: the calls of each operation in the same time, most used first.
        refusals: of 30 days, most frequent first.
        networks: where it was used from, latest first.
    """

    key: ApiKey
    reach: str | list[str]
    tokens: list[ApiKeyToken]
    grain: Grain
    totals: list[Total]
    times: list[Bar]
    operations: list[OperationCalls]
    refusals: list[Refusals]
    networks: list[KeyNetwork]

    @property
    def is_unused(self) -> bool:
        """Whether nothing is known of any use."""
        return self.key.last_used_at is None and not self.totals[-1].calls and not self.networks


def day_of(moment: datetime) -> datetime:
    """When the day of this moment began in UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


@reading("getApiKeys")
def key_usage(actor: Actor, *, key_id: UUID, grain: Grain) -> KeyUsageReport:
    """What a key was used for. Costs the same queries however much that was.

    Args:
        actor: who asks.
        key_id: which key.
        grain: whether its calls are shown by the hour, for two days, or by the day, for thirty.

    Raises:
        NotFound: when there is no such key for the actor.
        Forbidden: without `getApiKeys`.
    """
    key = access.key_to_read(actor, key_id)
    now = clock.now()
    shown = key.usage.since(Grain.DAY.first(now))
    by_hour = list(shown.calls_by("hour", "outcome"))
    in_view = shown.since(grain.first(now))
    return KeyUsageReport(
        key=key,
        reach=reach_in_words(key),
        tokens=list(key.tokens.live(now).order_by("-pk")),
        grain=grain,
        totals=_totals(by_hour, now),
        times=_by_time(by_hour, grain, now),
        operations=_by_operation(in_view.calls_by("operation", "outcome")),
        refusals=[Refusals(*refused) for refused in shown.refusals()[:LONGEST_LIST]],
        networks=list(key.seen_networks.order_by("-last_seen_at", "pk")[:LONGEST_LIST]),
    )


@reading("getApiKeys")
def key_usage_cells(actor: Actor, *, key_id: UUID) -> Iterator[tuple[Any, ...]]:
    """Every count of 30 days, oldest first: hour, operation, outcome, reason, calls.

    Raises:
        NotFound: when there is no such key for the actor.
        Forbidden: without `getApiKeys`.
    """
    key = access.key_to_read(actor, key_id)
    cells = key.usage.since(Grain.DAY.first(clock.now())).order_by("hour", "operation", "outcome", "reason")
    counts = cells.values_list("hour", "operation", "outcome", "reason", "count")
    return ((hour.strftime(_HOUR_IN_A_FILE), *rest) for hour, *rest in counts.iterator())


def _totals(by_hour: Sequence[tuple[Any, ...]], now: datetime) -> list[Total]:
    spans = (
        ("Last 24 hours", hour_of(now) - 23 * AN_HOUR),
        ("Last 7 days", day_of(now) - 6 * A_DAY),
        ("Last 30 days", Grain.DAY.first(now)),
    )
    totals = []
    for label, first in spans:
        counts = [(outcome, calls) for hour, outcome, calls in by_hour if hour >= first]
        done = sum(calls for outcome, calls in counts if outcome == CallOutcome.DONE)
        total = sum(calls for _, calls in counts)
        totals.append(Total(label, total, total - done))
    return totals


def _by_time(by_hour: Iterable[tuple[Any, ...]], grain: Grain, now: datetime) -> list[Bar]:
    sums: dict[tuple[datetime, str], int] = defaultdict(int)
    for hour, outcome, calls in by_hour:
        sums[grain.of(hour), outcome] += calls
    return [Bar(begin, [sums[begin, outcome] for outcome in CallOutcome]) for begin in grain.begins(now)]


def _by_operation(counts: Iterable[tuple[Any, ...]]) -> list[OperationCalls]:
    sums = {(operation, outcome): calls for operation, outcome, calls in counts}
    rows = [
        OperationCalls(operation, [sums.get((operation, outcome), 0) for outcome in CallOutcome])
        for operation in sorted({operation for operation, _ in sums})
    ]
    return sorted(rows, key=lambda row: -row.total)
