"""Who is refused over and over in a minute makes few records, and every refusal is counted all the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from apps.protection import recording, repeats
from apps.protection.proposing import propose
from apps.protection.record_models import CaptchaRecord
from apps.protection.record_story import story_of
from apps.protection.suggestion_models import Suggestion
from apps.protection.traffic import live_sessions
from apps.protection.traffic_models import TrafficDay
from apps.sites.operations import create_site
from tests.protection.noting import Hit, block, visitor
from tests.protection.solving import ask, set_site

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
FIRST = repeats.TOLD_ONE_BY_ONE


def refusals() -> list[int]:
    """How many refusals each record tells."""
    return sorted(CaptchaRecord.objects.values_list("refused", flat=True))


def blocked() -> int:
    return sum(TrafficDay.objects.values_list("blocked", flat=True))


@pytest.mark.parametrize("flushed_after", [1, 7, 1000])
def test_the_first_of_a_minute_are_told_one_by_one_and_the_last_record_how_many_more_there_were(shop, flushed_after):
    for number in range(100):
        block(shop, moment=NOON)
        if number % flushed_after == 0:
            recording.flush()
    recording.flush()

    assert refusals() == [1] * FIRST + [100 - FIRST]
    assert blocked() == 100
    shared = CaptchaRecord.objects.get(refused__gt=1)
    assert (shared.address, shared.rule_handle, shared.status) == ("203.0.113.77", "hash-1", "blocked")
    assert f"refused {100 - FIRST} times" in story_of(shared)[0].text


def test_another_minute_address_site_or_rule_is_told_by_itself(shop, alice):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"]).site
    for _ in range(FIRST):
        block(shop, moment=NOON)
    block(shop, moment=NOON + timedelta(minutes=1))
    block(shop, visitor(address="203.0.113.78"), moment=NOON + timedelta(minutes=1))
    block(shop, hit=Hit(handle="hash-2"), moment=NOON + timedelta(minutes=1))
    block(other, moment=NOON + timedelta(minutes=1))
    recording.flush()
    assert refusals() == [1] * (FIRST + 4)


def test_the_addresses_of_an_ipv6_network_are_one_visitor(shop):
    for number in range(FIRST + 5):
        block(shop, visitor(address=f"2001:db8::{number + 1:x}"), moment=NOON)
    block(shop, visitor(address="2001:db8:0:1::1"), moment=NOON)
    recording.flush()
    assert refusals() == [1] * (FIRST + 1) + [5]


def test_what_could_not_be_written_is_joined_with_what_came_since(shop, monkeypatch):
    def away(_notes: object) -> int:
        raise OperationalError("the database is away")

    for _ in range(FIRST + 3):
        block(shop, moment=NOON)
    with monkeypatch.context() as broken:
        broken.setattr(recording, "store", away)
        with pytest.raises(OperationalError):
            recording.flush()
    block(shop, moment=NOON)
    recording.flush()
    assert (refusals(), blocked()) == ([1] * FIRST + [4], FIRST + 4)


def test_more_visitors_than_are_told_apart_share_records(shop, monkeypatch):
    monkeypatch.setattr(repeats, "MOST_VISITORS", 5)
    for number in range(100):
        block(shop, visitor(address=f"198.51.100.{number}"), moment=NOON)
    recording.flush()
    assert refusals() == [1] * (5 + FIRST) + [100 - 5 - FIRST]
    assert blocked() == 100


def test_a_flood_over_http_leaves_few_records(shop):
    set_site(shop, max_parallel=1)
    answers = [ask(shop, address="198.51.100.9").status_code for _ in range(40)]
    recording.flush()
    assert answers == [200] + [429] * 39
    assert CaptchaRecord.objects.count() <= 2 * (FIRST + 1)  # the minute may end meanwhile
    assert (sum(refusals()), blocked()) == (39, 39)


def test_suggestions_and_live_sessions_count_every_refusal(shop, alice):
    visits = visitor(address="198.51.100.9")
    for _ in range(60):
        recording.note_blocked(shop, visits, hit=None, reason="too many open", origin="", moment=NOON)
    recording.flush()

    live = live_sessions(
        alice.actor, site_key=shop.site_key, now=NOON + timedelta(minutes=1), bucket=timedelta(minutes=1)
    )
    assert (live.top_addresses, sum(point.blocked for point in live.points)) == ([("198.51.100.9", 60)], 60)
    propose(shop, NOON + timedelta(minutes=1))
    assert {suggestion.attempts for suggestion in Suggestion.objects.filter(field="ip")} == {60}
