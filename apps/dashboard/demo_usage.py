"""What the keys of the demo were used for: numbers that look like a month of work."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.api_keys.models import ApiKey
from apps.api_keys.networks import network_around
from apps.api_keys.usage import hour_of
from apps.api_keys.usage_models import CallOutcome, KeyNetwork, KeyUsage

_DAYS: Final = 30
_AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a key is used.

    Attributes:
        operations: calls in a busy hour, by operation.
        hours: of the day, UTC, in which it works.
        addresses: where it calls from; the last one is new this week.
        refusals: what is refused now and then, by operation: the reason.
        last_used: hours ago.
    """

    operations: Mapping[str, int]
    hours: range
    addresses: tuple[str, ...]
    refusals: Mapping[str, str]
    last_used: float


HABITS: Final = {
    "CI pipeline": Habit(
        {"createSite": 3, "getSites": 14, "rotateSecret": 2, "updateSite": 6},
        range(6, 19),
        ("203.0.113.200", "198.51.100.140"),
        {"deleteSite": "lacks deleteSite"},
        5,
    ),
    "Checkout backend": Habit(
        {"getSite": 40, "whoami": 12}, range(24), ("192.0.2.20", "192.0.2.21", "2001:db8:90::5"), {}, 0.05
    ),
    "Status dashboard": Habit(
        {"getSites": 12, "getSite": 30, "getTraffic": 60},
        range(24),
        ("203.0.113.77", "198.51.100.9"),
        {"createSite": "lacks createSite", "getSecrets": "lacks getSecrets"},
        0.4,
    ),
    "Nightly audit export": Habit({"getAuditEvents": 20}, range(2, 4), ("192.0.2.90",), {}, 8),
    "Forum rules bot": Habit({"getRules": 6, "createRule": 2}, range(8, 17), ("2001:db8:12::7",), {}, 30),
}


def use_keys(keys: Mapping[str, ApiKey], now: datetime, chance: random.Random) -> None:
    """Give the keys of the story their counts, networks and last uses.

    Args:
        keys: by name.
        now: when the story ends.
        chance: what decides where it does not matter.
    """
    for name, habit in HABITS.items():
        key = keys[name]
        last = now - timedelta(hours=habit.last_used)
        begin = max(key.created_at, now - timedelta(days=_DAYS))
        KeyUsage.objects.bulk_create(_counts(key, habit, begin, last, chance), batch_size=500)
        KeyNetwork.objects.bulk_create(_networks(key, habit, begin, last))
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=last)
        key.tokens.update(last_used_at=last)
    _try_after_the_end(keys["Contractor import"], now)


def _counts(key: ApiKey, habit: Habit, begin: datetime, last: datetime, chance: random.Random) -> Iterator[KeyUsage]:
    hour = hour_of(begin)
    while hour <= last:
        if hour.hour in habit.hours or hour == hour_of(last):
            for operation, outcome, reason, count in _calls_of_an_hour(habit, hour, chance):
                if count > 0:
                    yield KeyUsage(key=key, hour=hour, operation=operation, outcome=outcome, reason=reason, count=count)
        hour += _AN_HOUR


def _calls_of_an_hour(habit: Habit, hour: datetime, chance: random.Random) -> Iterator[tuple[str, str, str, int]]:
    weekend = 0.35 if hour.weekday() >= 5 else 1.0
    for operation, busy in habit.operations.items():
        calls = round(busy * weekend * chance.uniform(0.2, 1.1))
        invalid = sum(chance.random() < 0.02 for _ in range(calls))
        yield operation, CallOutcome.DONE, "", calls - invalid
        yield operation, CallOutcome.INVALID, "", invalid
        yield operation, CallOutcome.FAILED, "", int(chance.random() < 0.004)
        yield operation, CallOutcome.LIMITED, "", calls // 2 if chance.random() < 0.006 else 0
    for operation, reason in habit.refusals.items():
        yield operation, CallOutcome.REFUSED, reason, chance.randint(1, 9) if chance.random() < 0.04 else 0


def _networks(key: ApiKey, habit: Habit, begin: datetime, last: datetime) -> list[KeyNetwork]:
    seen: dict[str, KeyNetwork] = {}
    for number, address in enumerate(habit.addresses):
        is_new = 0 < number == len(habit.addresses) - 1
        first = max(begin, last - timedelta(days=5)) if is_new else begin
        seen.setdefault(
            network_around(address),
            KeyNetwork(
                key=key,
                network=network_around(address),
                first_seen_at=first,
                last_seen_at=last - timedelta(hours=7 * number),
                last_address=address,
            ),
        )
    return list(seen.values())


def _try_after_the_end(key: ApiKey, now: datetime) -> None:
    """A forgotten job goes on calling with a key that has expired."""
    KeyUsage.objects.bulk_create(
        KeyUsage(
            key=key,
            hour=hour_of(now) - hours * _AN_HOUR,
            operation="createSite",
            outcome=CallOutcome.REFUSED,
            reason="expired",
            count=4,
        )
        for hours in range(3, 72, 6)
    )
