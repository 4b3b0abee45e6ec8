"""Rules that the records speak for: which groups, with which evidence, and what a decision about one leads to."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.refusals import Forbidden, Invalid
from apps.protection import matching, rules
from apps.protection.record_models import CaptchaRecord
from apps.protection.rule_housekeeping import propose_rules
from apps.protection.rule_models import Rule
from apps.protection.suggestion_models import Suggestion
from apps.protection.suggestions import NoSuchSuggestion, apply_suggestions, dismiss_suggestion, list_suggestions
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.people import Person

FIREFOX, SCRIPT = "Firefox/140", "python-requests/2.31"


def keep(
    site: Site,
    address: str,
    *,
    good: int = 0,
    bad: int = 0,
    country: str = "DE",
    asn: int = 64500,
    agent: str = FIREFOX,
    rule: str = "",
    ago: timedelta = timedelta(hours=1),
) -> None:
    """Records of one visitor."""
    at: datetime = clock.now() - ago
    CaptchaRecord.objects.bulk_create(
        CaptchaRecord(
            id=uuid4(),
            account_id=site.account_id,
            site=site,
            recorded_at=at,
            status="accepted" if number < good else "refused",
            outcome="accepted" if number < good else "invalid",
            address=address,
            country=country,
            asn=asn,
            user_agent=agent,
            rule_handle=rule,
        )
        for number in range(good + bad)
    )


def ordinary(site: Site, *, visitors: int = 20) -> None:
    """People of whom one attempt in ten fails."""
    for number in range(visitors):
        keep(site, f"192.0.2.{number}", good=9, bad=1)


def suggested(site: Site) -> set[tuple[str, str, str]]:
    propose_rules.call()
    return set(Suggestion.objects.filter(site=site, status="open").values_list("field", "value", "type"))


def test_an_address_that_fails_far_more_often_than_the_others_is_suggested_with_its_evidence(shop: Site) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", good=1, bad=29)
    assert suggested(shop) == {("ip", "203.0.113.7", "block")}
    assert Suggestion.objects.get().evidence == {
        "attempts": 30,
        "failures": 29,
        "failureRate": 0.9667,
        "siteAttempts": 200,
        "siteFailureRate": 0.1,
        "uniqueIps": 1,
    }


@pytest.mark.parametrize(
    ("good", "bad"), [(0, 19), (20, 20)], ids=["too few attempts", "too small a share of failures"]
)
def test_an_address_below_a_threshold_is_not_suggested(shop: Site, good: int, bad: int) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", good=good, bad=bad)
    assert suggested(shop) == set()


def test_nobody_is_suggested_where_all_fail_alike(shop: Site) -> None:
    for number in range(10):
        keep(shop, f"192.0.{number}.1", good=10, bad=30, asn=64500 + number)
    assert suggested(shop) == set()


def test_what_was_long_ago_or_decided_by_a_rule_does_not_count(shop: Site) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", bad=50, ago=timedelta(hours=25))
    keep(shop, "203.0.113.8", bad=50, rule="x")
    assert suggested(shop) == set()


@pytest.mark.parametrize(
    ("addresses", "network"),
    [
        ([f"203.0.113.{number}" for number in range(10)], "203.0.113.0/24"),
        ([f"2001:db8:0:1::{number:x}" for number in range(1, 11)], "2001:db8:0:1::/64"),
        (["203.0.113.0/24"] * 10, "203.0.113.0/24"),  # where only networks are kept
    ],
)
def test_a_network_is_suggested_where_many_of_its_addresses_fail(
    shop: Site, addresses: list[str], network: str
) -> None:
    ordinary(shop)
    for address in addresses:
        keep(shop, address, bad=5, agent=FIREFOX)
    assert suggested(shop) == {("ipMask", network, "block")}


def test_a_country_a_system_and_a_user_agent_are_suggested_to_be_restricted(shop: Site) -> None:
    ordinary(shop)
    for number in range(250):
        keep(shop, f"198.{number % 50}.{number}.1", bad=1, country="FR", asn=64510, agent=SCRIPT)
    assert suggested(shop) == {
        ("countryCode", "FR", "restrict"),
        ("asn", "64510", "restrict"),
        ("userAgent", SCRIPT, "restrict"),
    }


def test_applying_makes_rules_that_act_with_an_event_each_and_again_makes_none(alice: Person, shop: Site) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", bad=30)
    keep(shop, "198.51.100.7", bad=30)
    suggested(shop)
    wanted = [one.pk for one in list_suggestions(alice.actor)]
    before, end = AuditEvent.objects.count(), clock.now() + timedelta(hours=24)
    applied = apply_suggestions(alice.actor, suggestion_ids=wanted, expires_at=end)
    events = AuditEvent.objects.order_by("pk")[before:]
    assert [event.action for event in events] == ["rule.created", "rule.created"]
    assert "30 of 30 attempts did not pass" in str(events[0].changes["description"])
    assert (len(applied.rules), applied.skipped) == (2, 0)
    assert {rule.group for rule in Rule.objects.all()} == {applied.group}
    hit = matching.winner(shop, Visitor("203.0.113.7"))
    assert hit is not None
    assert hit.handle == Suggestion.objects.get(value="203.0.113.7").handle
    again = apply_suggestions(alice.actor, suggestion_ids=wanted, expires_at=end)
    assert (again.rules, again.skipped, again.group) == ([], 2, "")
    assert suggested(shop) == set()


def test_what_was_applied_is_suggested_again_when_its_rule_is_over_and_the_records_go_on(
    alice: Person, shop: Site
) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", bad=30)
    suggested(shop)
    one = Suggestion.objects.get()
    applied = apply_suggestions(alice.actor, suggestion_ids=[one.pk], expires_at=None)
    rules.delete_rule(alice.actor, handle=applied.rules[0].handle)
    assert suggested(shop) == {("ip", "203.0.113.7", "block")}


def test_what_was_dismissed_stays_so_while_the_records_go_on_to_say_the_same(alice: Person, shop: Site) -> None:
    ordinary(shop)
    keep(shop, "203.0.113.7", bad=30)
    suggested(shop)
    one = Suggestion.objects.get()
    dismiss_suggestion(alice.actor, suggestion_id=one.pk)
    events = AuditEvent.objects.count()
    dismiss_suggestion(alice.actor, suggestion_id=one.pk)
    assert AuditEvent.objects.count() == events
    keep(shop, "203.0.113.7", bad=100)
    assert suggested(shop) == set()
    one.refresh_from_db()
    assert (one.status, one.attempts) == ("dismissed", 130)


def test_a_suggestion_goes_when_the_records_no_longer_speak_for_it(shop: Site) -> None:
    keep(shop, "203.0.113.7", bad=30)
    assert suggested(shop) == {("ip", "203.0.113.7", "block")}
    with clock.at(clock.now() + timedelta(days=2)):
        assert suggested(shop) == set()


def test_what_a_rule_says_already_is_not_suggested(alice: Person, shop: Site) -> None:
    keep(shop, "203.0.113.7", bad=30)
    wanted = rules.Wanted("restrict", [("ip", "203.0.113.7")])
    rules.create_rule(alice.actor, wanted=wanted)
    assert suggested(shop) == set()


def test_a_reader_sees_suggestions_and_does_not_decide_about_them(bob: Person, dave: Person, shop: Site) -> None:
    keep(shop, "203.0.113.7", bad=30)
    suggested(shop)
    [one] = list_suggestions(bob.actor)
    with pytest.raises(Forbidden):
        apply_suggestions(bob.actor, suggestion_ids=[one.pk], expires_at=None)
    with pytest.raises(Forbidden):
        dismiss_suggestion(bob.actor, suggestion_id=one.pk)
    with pytest.raises(NoSuchSuggestion):
        apply_suggestions(dave.actor, suggestion_ids=[one.pk], expires_at=None)
    assert not Rule.objects.exists()


def test_all_suggestions_are_applied_or_none(alice: Person, shop: Site) -> None:
    keep(shop, "203.0.113.7", bad=30)
    suggested(shop)
    one = Suggestion.objects.get()
    with pytest.raises(NoSuchSuggestion):
        apply_suggestions(alice.actor, suggestion_ids=[one.pk, uuid4()], expires_at=None)
    with pytest.raises(Invalid):
        apply_suggestions(alice.actor, suggestion_ids=[], expires_at=None)
    assert not Rule.objects.exists()
