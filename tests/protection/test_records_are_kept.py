"""What becomes a record: one for each challenge that was answered or blocked, whatever is handed in again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.protection import recording
from apps.protection.matching import winner
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord, Device
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.protection.traffic_models import Traffic, TrafficDay, TrafficHour, TrafficMinute
from apps.sites.models import Site
from tests.protection.noting import IPHONE, VISITOR, Hit, answer, block, issue, visitor

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def record() -> CaptchaRecord:
    return CaptchaRecord.objects.get()


def totals(model: type[Traffic] = TrafficHour) -> dict[str, int]:
    rows = model.objects.values("issued", "solved", "accepted", "rejected", "blocked")
    return {name: sum(row[name] for row in rows) for name in ("issued", "solved", "accepted", "rejected", "blocked")}


def test_an_answered_challenge_becomes_a_record_with_its_facts(shop):
    checked = answer(shop, visitor=visitor(user_agent=IPHONE))
    recording.flush()

    kept = record()
    assert kept.pk == checked.nonce
    assert (kept.status, kept.outcome, kept.level, kept.solve_ms) == ("accepted", "accepted", 96, 1_500)
    assert (kept.address, kept.country, kept.asn, kept.user_id) == ("203.0.113.77", "DE", 3320, "u-17")
    assert kept.device == Device.PHONE
    assert (kept.account_id, kept.site_id) == (shop.account_id, shop.pk)


def test_a_challenge_that_is_not_answered_is_counted_and_makes_no_record(shop):
    issue(shop)
    recording.flush()
    assert CaptchaRecord.objects.count() == 0
    assert totals()["issued"] == 1


def test_a_blocked_visitor_makes_a_record_with_the_rule_copied_in(shop):
    block(shop, hit=Hit(handle="abc", snapshot={"description": "Scraper", "conditions": [{"field": "ip"}]}))
    recording.flush()

    kept = record()
    assert (kept.status, kept.rule_handle, kept.rule_type) == ("blocked", "abc", "block")
    assert kept.rule == {"description": "Scraper", "conditions": [{"field": "ip"}]}
    assert kept.issued_at is None
    assert totals()["blocked"] == 1


@pytest.mark.parametrize("flushed_between", [True, False])
def test_a_solution_that_is_handed_in_again_stays_one_record_and_one_solved_challenge(shop, flushed_between):
    nonce = uuid4()
    for outcome in (Outcome.TOO_EARLY, Outcome.ACCEPTED, Outcome.ALREADY_USED, Outcome.ALREADY_USED):
        answer(shop, outcome, nonce=nonce)
        if flushed_between:
            recording.flush()
    recording.flush()

    kept = record()
    assert (kept.outcome, kept.accepted, kept.refused) == ("accepted", 1, 3)
    assert totals() == {"issued": 0, "solved": 1, "accepted": 1, "rejected": 3, "blocked": 0}


def test_of_several_refusals_the_last_is_told(shop):
    nonce = uuid4()
    for outcome in (Outcome.TOO_EARLY, Outcome.WRONG_ORIGIN):
        answer(shop, outcome, nonce=nonce)
        recording.flush()
    assert (record().outcome, record().refused) == ("wrong origin", 2)


def test_what_nobody_signed_cannot_stand_in_the_way_of_a_challenges_record(shop):
    nonce = uuid4()
    answer(shop, Outcome.INVALID, nonce=nonce)
    answer(shop, Outcome.ACCEPTED, nonce=nonce)
    recording.flush()
    assert CaptchaRecord.objects.get(pk=nonce).outcome == "accepted"
    assert CaptchaRecord.objects.exclude(pk=nonce).get().outcome == "invalid"
    assert totals()["solved"] == 1


def test_a_solution_tried_at_another_site_is_that_ones_record_and_nobodys_solved_challenge(alice, shop):
    other = Site.objects.create(account=shop.account, name="Other", allowed_origins=["https://other.example"])
    nonce = uuid4()
    answer(other, Outcome.WRONG_SITE, nonce=nonce)
    answer(shop, nonce=nonce)
    recording.flush()
    assert CaptchaRecord.objects.get(pk=nonce).site == shop
    assert CaptchaRecord.objects.exclude(pk=nonce).get().site == other
    assert totals()["solved"] == 1


def test_a_rule_that_blocks_at_the_verification_counts_as_blocked(shop):
    answer(shop, Outcome.BLOCKED, rule="abc")
    recording.flush()
    assert (record().status, record().rule_handle) == ("blocked", "abc")
    assert totals() == {"issued": 0, "solved": 1, "accepted": 0, "rejected": 0, "blocked": 1}


def test_the_rule_of_the_challenge_is_copied_in_as_matching_tells_it(alice, shop):
    wanted = Wanted("restrict", [("ip", VISITOR.address)], description="Odd visitors")
    rule = create_rule(alice.actor, wanted=wanted, site_key=shop.site_key).rule
    answer(shop, rule=rule.handle)
    recording.flush()
    hit = winner(shop, VISITOR)
    assert hit
    assert (record().rule_handle, record().rule_type, record().rule) == (hit.handle, "restrict", hit.snapshot)


def test_of_a_rule_that_is_gone_the_handle_is_kept(shop):
    answer(shop, rule="gone")
    recording.flush()
    assert (record().rule_handle, record().rule_type, record().rule) == ("gone", "", {})


def test_test_keys_leave_nothing_behind(shop):
    answer(shop, Outcome.TEST_PASSED)
    answer(shop, Outcome.TEST_FAILED)
    recording.flush()
    assert (CaptchaRecord.objects.count(), TrafficHour.objects.count()) == (0, 0)


def test_counts_lie_in_their_minute_hour_and_day(shop):
    for moment in (NOON, NOON + timedelta(minutes=1), NOON + timedelta(hours=1), NOON + timedelta(days=1)):
        issue(shop, moment=moment)
    recording.flush()
    begins = {model: model.objects.values_list("begins_at", flat=True) for model in (TrafficMinute, TrafficHour)}
    assert [f"{begin:%d %H:%M}" for begin in sorted(begins[TrafficMinute])] == [
        "21 12:00", "21 12:01", "21 13:00", "22 12:00"
    ]  # fmt: skip
    assert [f"{begin:%d %H:%M}" for begin in sorted(begins[TrafficHour])] == ["21 12:00", "21 13:00", "22 12:00"]
    days = TrafficDay.objects.order_by("begins_at").values_list("begins_at__day", "issued")
    assert list(days) == [(21, 3), (22, 1)]


@pytest.mark.parametrize(
    ("claimed", "kept"), [(1_500, 1_500), (-5, 0), (99_999_999_999, 10_000), (None, None)]
)  # fmt: skip
def test_the_time_to_solve_is_believed_up_to_the_time_that_went_by(shop, claimed, kept):
    answer(shop, solve_ms=claimed)
    recording.flush()
    assert record().solve_ms == kept


def test_the_time_to_solve_is_counted_once_in_its_bucket(shop):
    nonce = uuid4()
    answer(shop, Outcome.TOO_EARLY, nonce=nonce, solve_ms=600)
    answer(shop, nonce=nonce, solve_ms=9_000)
    recording.flush()
    hour = TrafficHour.objects.get()
    assert (hour.solve_ms_total, hour.within_1s, hour.within_16s) == (600, 1, 0)


@pytest.mark.parametrize(
    ("setting", "address", "kept"),
    [
        ("full", "203.0.113.77", "203.0.113.77"),
        ("full", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"),
        ("truncated", "203.0.113.77", "203.0.113.0/24"),
        ("truncated", "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("none", "203.0.113.77", ""),
        ("truncated", "", ""),
    ],
)
def test_addresses_are_kept_as_far_as_the_setting_lets_them(shop, settings, setting, address, kept):
    settings.RECORD_IP = setting
    answer(shop, visitor=visitor(address=address))
    block(shop, visitor(address=address))
    recording.flush()
    assert set(CaptchaRecord.objects.values_list("address", flat=True)) == {kept}


def test_texts_that_no_database_takes_do_not_hold_up_the_others(shop):
    answer(shop, visitor=visitor(user_agent="evil\0 \ud800" + "x" * 999, country="\0\0", asn=-1, user_id="\x1b[31m"))
    answer(shop)
    recording.flush()
    assert CaptchaRecord.objects.count() == 2
    odd = CaptchaRecord.objects.get(country="")
    assert (odd.user_agent[:6], len(odd.user_agent) <= 300, odd.user_id) == ("evil x", True, "[31m")


def test_what_belongs_to_a_purged_site_is_dropped_and_the_rest_is_kept(alice, shop):
    gone = Site.objects.create(account=shop.account, name="Gone", allowed_origins=["https://gone.example"])
    answer(gone)
    issue(gone)
    answer(shop)
    gone.delete()
    recording.flush()
    assert record().site == shop
    assert totals()["accepted"] == 1
