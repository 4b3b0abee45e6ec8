"""The visitors of the demo's sites: a month of counts, and some hundred records, that look like a month of work."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from apps.dashboard.demo_rules import RENTED_NETWORK, SCRAPERS
from apps.protection.conditions import Field, handle_of
from apps.protection.outcomes import Outcome
from apps.protection.record_drafts import rows_of
from apps.protection.record_models import CaptchaRecord
from apps.protection.record_notes import Answer, Refusal
from apps.protection.recording_store import bucket_of
from apps.protection.spans import Grain
from apps.protection.traffic_models import COUNTS, ROLL_UPS, Traffic, TrafficMinute
from apps.protection.verdicts import Verification
from apps.protection.visitors import Visitor
from apps.sites.models import Site

DAYS: Final = 31
RECORDS: Final = 360
CARD_TESTS: Final = 34
_AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a site is visited.

    Attributes:
        busy: challenges in a busy hour.
        peak: the hour of the day, UTC, that is busiest.
        bots: the share of challenges that scripts ask for, which nobody solves.
        origin: where its widget is.
    """

    busy: int
    peak: int
    bots: float
    origin: str


HABITS: Final = {
    "Shop": Habit(240, 18, 0.06, "https://shop.fjordline.example"),
    "Trip booking": Habit(90, 19, 0.05, "https://trips.fjordline.example"),
    "Newsletter": Habit(45, 8, 0.22, "https://news.fjordline.example"),
    "Community forum": Habit(60, 20, 0.16, "https://forum.fjordline.example"),
    "Gift cards": Habit(25, 17, 0.09, "https://gifts.fjordline.example"),
    "Support desk": Habit(18, 11, 0.03, "https://help.fjordline.example"),
    "Careers": Habit(6, 13, 0.04, "https://jobs.fjordline.example"),
}
_RAIDS: Final = ((6.3, 5, "Newsletter"), (15.6, 8, "Community forum"), (23.1, 4, "Shop"))
"""When scripts came in numbers: days after the beginning, for how many hours, where."""

_BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
_SCRIPTS: Final = ("python-requests/2.32.5", "curl/8.16.0", "Go-http-client/2.0")
_COUNTRIES: Final = (("NO", 2119), ("NO", 29695), ("SE", 3301), ("DK", 3292), ("DE", 3320), ("GB", 2856), ("NL", 1136))
_REFUSALS: Final = (
    (Outcome.ALREADY_USED, 5),
    (Outcome.EXPIRED, 4),
    (Outcome.TOO_EARLY, 4),
    (Outcome.NOT_A_SOLUTION, 3),
    (Outcome.INVALID, 2),
    (Outcome.WRONG_ORIGIN, 1),
)


@dataclass(frozen=True, slots=True)
class Scraper:
    """The rule against scripts, which acts on them since `demo_rules` made it.

    Attributes:
        handle: the rule's.
        type: what it does.
        level: none is asked for.
    """

    handle: str
    type: str = "block"
    level: int | None = None

    @property
    def snapshot(self) -> dict[str, Any]:
        """As it was."""
        return {
            "userScopeHash": self.handle,
            "type": self.type,
            "description": SCRAPERS,
            "conditions": [{"field": Field.IP_MASK.value, "value": RENTED_NETWORK}],
        }


def visit_sites(sites: Mapping[str, Site], now: datetime, chance: random.Random) -> None:
    """Give the sites of the story their visitors.

    The records have a chance of their own: the counts draw from theirs by the hour of the day, and what the records
    speak for is the same story at every hour.

    Args:
        sites: by name.
        now: when the story ends.
        chance: what decides where it does not matter.
    """
    begin = Grain.DAY.begin(now) - DAYS * timedelta(days=1)
    for name, habit in HABITS.items():
        site = sites[name]
        hours = dict(_hours(name, habit, max(begin, Grain.HOUR.begin(site.created_at)), now, chance))
        for grain in (Grain.HOUR, Grain.DAY):
            _write(ROLL_UPS[grain], site, _rolled_up(hours, grain))
        _write(TrafficMinute, site, dict(_minutes(hours[Grain.HOUR.begin(now)], now, chance)))
        site.secrets.filter(expires_at=None).update(last_used_at=now - timedelta(minutes=2))
    rows = rows_of(_stories(sites, now, random.Random(RECORDS))).values()  # noqa: S311  (a story, not a secret)
    foreign = {"account": "account_id", "site": "site_id"}
    CaptchaRecord.objects.bulk_create(
        (CaptchaRecord(**{foreign.get(name, name): value for name, value in row.items()}) for row in rows),
        batch_size=500,
    )


def _hours(
    name: str, habit: Habit, begin: datetime, now: datetime, chance: random.Random
) -> Iterator[tuple[datetime, dict[str, int]]]:
    hour = begin
    while hour <= now:
        day = 0.5 + 0.5 * math.cos((hour.hour - habit.peak) / 24 * 2 * math.pi)
        weekend = 0.72 if hour.weekday() >= 5 else 1.0
        so_far = min(1.0, (now - hour) / _AN_HOUR)
        people = habit.busy * (0.08 + 0.92 * day**1.6) * weekend * chance.uniform(0.85, 1.15) * so_far
        scripts = people * habit.bots * chance.uniform(0.5, 1.5)
        days_in = (hour - begin) / timedelta(days=1)
        if any(name == where and at <= days_in < at + length / 24 for at, length, where in _RAIDS):
            scripts += habit.busy * chance.uniform(2.5, 4.0)
        yield hour, _counts(round(people), round(scripts), chance)
        hour += _AN_HOUR


def _counts(people: int, scripts: int, chance: random.Random) -> dict[str, int]:
    solved = sum(chance.random() < 0.955 for _ in range(people))
    rejected = sum(chance.random() < 0.018 for _ in range(solved)) + round(scripts * chance.uniform(0.05, 0.2))
    blocked = round(scripts * chance.uniform(0.25, 0.5))
    counts = dict.fromkeys(COUNTS, 0)
    counts |= {
        "issued": people + scripts - blocked,
        "solved": solved,
        "accepted": round(solved * 0.985),
        "rejected": rejected,
        "blocked": blocked,
    }
    for _ in range(solved):
        took = _solve_ms(chance)
        counts["solve_ms_total"] += took
        counts[bucket_of(took)] += 1
    return counts


def _solve_ms(chance: random.Random) -> int:
    return min(60_000, round(chance.lognormvariate(7.3, 0.75)))


def _rolled_up(hours: Mapping[datetime, dict[str, int]], grain: Grain) -> dict[datetime, dict[str, int]]:
    sums: dict[datetime, dict[str, int]] = {}
    for hour, counts in hours.items():
        into = sums.setdefault(grain.begin(hour), dict.fromkeys(COUNTS, 0))
        for name, count in counts.items():
            into[name] += count
    return sums


def _minutes(
    hour: Mapping[str, int], now: datetime, chance: random.Random
) -> Iterator[tuple[datetime, dict[str, int]]]:
    """The last hour, at about the pace of the one that has begun."""
    passed = max(1.0, (now - Grain.HOUR.begin(now)) / timedelta(minutes=1))
    a_minute = hour["issued"] / passed
    for ago in range(60):
        people = max(0, round(chance.gauss(a_minute, 0.6 * math.sqrt(a_minute) + 0.01)))
        yield Grain.MINUTE.begin(now) - ago * Grain.MINUTE.length, _counts(people, int(chance.random() < 0.04), chance)


def _write(model: type[Traffic], site: Site, counts: Mapping[datetime, dict[str, int]]) -> None:
    rows = [model(site=site, begins_at=begins_at, **cell) for begins_at, cell in counts.items()]
    model._default_manager.bulk_create(rows, batch_size=500)


def _stories(sites: Mapping[str, Site], now: datetime, chance: random.Random) -> Iterator[Answer | Refusal]:
    names = list(HABITS)
    weights = [habit.busy for habit in HABITS.values()]
    scraper = Scraper(handle_of({Field.IP_MASK: RENTED_NETWORK}, ""))
    yield from _card_testing(sites["Gift cards"], now, chance)
    for number in range(RECORDS):
        moment = now - timedelta(days=6) * (number / RECORDS) ** 2 - timedelta(seconds=chance.uniform(1, 240))
        name = chance.choices(names, weights)[0]
        site, habit = sites[name], HABITS[name]
        kind = chance.random()
        if kind < 0.06:
            visitor = _visitor(chance, is_script=True)
            yield Refusal(site.account_id, site.pk, visitor, scraper, "an access rule", habit.origin, moment)
        elif kind < 0.075:
            visitor = _visitor(chance)
            yield Refusal(site.account_id, site.pk, visitor, None, "too many open challenges", habit.origin, moment)
        else:
            yield _answer(site, habit, moment, chance, is_good=kind < 0.9)


def _card_testing(site: Site, now: datetime, chance: random.Random) -> Iterator[Answer]:
    """One visitor hands in whatever there is, again and again: what a rule is suggested for."""
    visitor = Visitor("203.0.113.171", _SCRIPTS[-1], "NL", 64511)
    for number in range(CARD_TESTS):
        moment = now - timedelta(hours=2, minutes=chance.uniform(0, 400))
        yield _answer(site, HABITS["Gift cards"], moment, chance, visitor, is_good=number % 10 == 0)


def _answer(
    site: Site, habit: Habit, moment: datetime, chance: random.Random, visitor: Visitor | None = None, *, is_good: bool
) -> Answer:
    outcome = Outcome.ACCEPTED
    if not is_good:
        outcome = chance.choices([one for one, _ in _REFUSALS], [weight for _, weight in _REFUSALS])[0]
    is_read = outcome not in {Outcome.NOT_A_SOLUTION, Outcome.INVALID}
    took = _solve_ms(chance)
    verification = Verification(
        outcome,
        origin=habit.origin if is_read else "",
        issued_at=moment - _since(outcome, took, chance) if is_read else None,
        times=int(is_good),
        level=site.level + chance.choice((0, 0, 0, 0, 2, 4, 8)) if is_read else 0,
        visitor=visitor or _visitor(chance, is_script=not is_read),
        nonce=UUID(int=chance.getrandbits(128)) if is_read else None,
        solve_ms=took if is_read else None,
    )
    return Answer(site.account_id, site.pk, verification, None, moment)


def _since(outcome: Outcome, took: int, chance: random.Random) -> timedelta:
    """How long before its answer a challenge was issued, so that the outcome is plain."""
    if outcome is Outcome.EXPIRED:
        return timedelta(hours=chance.uniform(6.1, 20))
    if outcome is Outcome.TOO_EARLY:
        return timedelta(milliseconds=took % 2_000 + 500)
    return timedelta(milliseconds=took, seconds=chance.uniform(4, 90))


def _visitor(chance: random.Random, *, is_script: bool = False) -> Visitor:
    """Somebody; addresses are from the ranges reserved for documentation."""
    if is_script:
        return Visitor(f"198.51.100.{chance.randint(128, 250)}", chance.choice(_SCRIPTS), "NL", 64511)
    country, asn = chance.choice(_COUNTRIES)
    network = chance.choice(("203.0.113.{}", "192.0.2.{}", "2001:db8:{:x}::1"))
    user_id = f"customer-{chance.randint(100, 999)}" if chance.random() < 0.3 else ""
    return Visitor(network.format(chance.randint(1, 254)), chance.choice(_BROWSERS), country, asn, user_id)
