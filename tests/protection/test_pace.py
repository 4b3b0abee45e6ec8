"""What each setting does to a challenge, measured: level, growth, parallel, rules. (Delay and life: test_verifying.)"""

import statistics
import time
from typing import Any

import pytest
from altcha import v2 as altcha

from apps.protection import pace, work
from apps.protection.issuing import ChallengeRefused, IssuedChallenge, Reason
from apps.protection.pace import Rates, RecentCounts, raised_level
from apps.protection.spent_models import OPEN_FOR
from apps.protection.visitors import Visitor
from apps.sites.difficulty import LEVELS
from apps.sites.models import Growth, Site
from tests.protection.solving import issue, later, set_site, solved, verify_later

MOST_COUNTER = 2**32 - 1


def test_the_work_doubles_every_8_levels() -> None:
    for level in range(1, 248):
        doubled = work.work_for(level + 8).expected_iterations / work.work_for(level).expected_iterations
        assert 1.85 < doubled < 2.15, level


def test_every_level_is_finite_and_cheap_to_issue() -> None:
    for level in LEVELS:
        found = work.work_for(level)
        assert 1 <= found.cost <= work.MOST_COST
        assert 2 <= found.counters <= MOST_COUNTER
    assert work.work_for(96).expected_iterations == pytest.approx(work.USUAL_ITERATIONS, rel=0.02)
    assert work.work_for(0) == work.work_for(1)
    assert work.work_for(1000) == work.work_for(255)


def iterations(issued: IssuedChallenge) -> int:
    """What solving this very challenge takes, by doing it."""
    parameters = issued.parameters
    found = altcha.solve_challenge(altcha.Challenge(altcha.ChallengeParameters.from_dict(parameters)))
    assert found is not None
    return int((found.counter + 1) * parameters["cost"])


@pytest.mark.django_db
def test_a_higher_level_takes_as_much_more_work_as_it_says(site: Site) -> None:
    def usual(level: int) -> float:
        set_site(site, level=level, growth="constant")
        return statistics.mean(iterations(issue(site, Visitor(f"203.0.113.{number}"))) for number in range(40))

    low, high = usual(16), usual(40)
    assert 4 < high / low < 16  # 8 times, by three doublings; the luck of 40 draws evens out to within 20 %


@pytest.mark.django_db
def test_solving_takes_as_long_as_the_level_says(site: Site) -> None:
    def seconds(level: int) -> float:
        set_site(site, level=level, growth="constant")
        challenges = [issue(site, Visitor(f"198.51.100.{number}")) for number in range(5)]
        begin = time.process_time()
        for challenge in challenges:
            iterations(challenge)
        return time.process_time() - begin

    assert seconds(80) > 5 * seconds(8)  # 512 times the iterations; a try of a few costs more than they do


@pytest.mark.django_db
@pytest.mark.parametrize(("growth", "most_expected"), [("constant", 96), ("slow", 104), ("medium", 112), ("fast", 128)])
def test_growth_raises_the_level_of_an_address_that_asks_for_many(
    site: Site, monkeypatch: pytest.MonkeyPatch, growth: str, most_expected: int
) -> None:
    monkeypatch.setattr("apps.protection.issuing.add_challenge", lambda row, most_open: True)
    set_site(site, level=96, growth=growth)
    levels = [issue(site).level for _ in range(4 * pace.FREE_FOR_ADDRESS)]  # two doublings beyond what is free
    assert levels[: pace.FREE_FOR_ADDRESS] == [96] * pace.FREE_FOR_ADDRESS
    assert levels == sorted(levels)
    assert levels[-1] == most_expected
    assert issue(site, Visitor("198.51.100.1")).level == 96  # nobody else's


def test_a_sites_rate_raises_it_for_everybody_by_half_as_much() -> None:
    calm, busy = Rates(1, pace.FREE_FOR_SITE), Rates(1, 4 * pace.FREE_FOR_SITE)
    assert [raised_level(96, growth, calm) for growth in Growth.values] == [96] * 4
    assert [raised_level(96, growth, busy) for growth in Growth.values] == [96, 100, 104, 112]


def test_growth_has_an_end() -> None:
    flood = Rates(10**9, 10**9)
    assert raised_level(96, "fast", flood) == 96 + pace.MOST_FOR_ADDRESS + pace.MOST_FOR_SITE
    assert raised_level(250, "fast", flood) == 255
    assert raised_level(96, "constant", flood) == 96


def test_a_window_slides() -> None:
    counts = RecentCounts(60)
    assert [round(counts.add("a", 0.0)) for _ in range(4)] == [1, 2, 3, 4]
    assert counts.add("a", 90.0) == pytest.approx(1 + 4 * 0.5)
    assert counts.add("a", 240.0) == 1
    assert counts.add("b", 240.0) == 1


def test_the_windows_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_COUNTED", 3)
    counts = RecentCounts(60)
    for number in range(10):
        counts.add(number, 0.0)
    assert len(counts._now) == 3
    assert counts.add(0, 0.0) == 2


@pytest.mark.django_db
def test_an_address_has_so_many_challenges_open_and_no_more(site: Site) -> None:
    set_site(site, max_parallel=3)
    first = solved(site)
    issue(site)
    issue(site)
    with pytest.raises(ChallengeRefused) as refused:
        issue(site)
    assert refused.value.reason is Reason.TOO_MANY_OPEN
    assert 1 <= refused.value.retry_after <= OPEN_FOR.total_seconds()
    assert verify_later(site, first).passes
    issue(site)
    set_site(site, max_parallel=4)
    issue(site)


@pytest.mark.django_db
def test_open_challenges_of_a_page_that_was_left_do_not_count_for_long(site: Site, monkeypatch: Any) -> None:
    set_site(site, max_parallel=1)
    issue(site)
    with pytest.raises(ChallengeRefused):
        issue(site)
    moment = later(OPEN_FOR.total_seconds() + 1)
    monkeypatch.setattr("apps.protection.issuing.clock.now", lambda: moment)
    issue(site)


@pytest.mark.django_db
def test_the_addresses_of_one_ipv6_network_count_as_one(site: Site) -> None:
    set_site(site, max_parallel=1)
    issue(site, Visitor("2001:db8:1:2::1"))
    with pytest.raises(ChallengeRefused):
        issue(site, Visitor("2001:db8:1:2:ffff::9"))
    issue(site, Visitor("2001:db8:1:3::1"))


@pytest.mark.django_db
def test_visitors_without_an_address_are_not_taken_for_one(site: Site) -> None:
    set_site(site, max_parallel=1)
    issue(site, Visitor())
    issue(site, Visitor())
