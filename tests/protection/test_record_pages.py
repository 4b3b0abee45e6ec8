"""Searching records by page, and the story of one."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.audit import clock
from apps.protection import recording
from apps.protection.outcome_words import WORDS
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule, delete_rule
from apps.sites.operations import create_site
from tests.protection.noting import IPHONE, Hit, answer, block, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def stories(shop):
    """One accepted, one refused and one blocked, newest last."""
    now = clock.now()
    answer(shop, moment=now - timedelta(hours=3))
    answer(shop, Outcome.EXPIRED, moment=now - timedelta(hours=2), visitor=visitor(user_agent=IPHONE, country="NO"))
    block(shop, visitor(address="198.51.100.4"), hit=Hit(handle="rule-9"), moment=now - timedelta(days=3))
    recording.flush()
    return shop


def outcomes(page):
    return [row.record.outcome for row in page.context["rows"]]


def text_of(page):
    return " ".join(page.content.decode().split())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["expired", "accepted", "blocked"]),
        ({"q": "iphone"}, ["expired"]),
        ({"status": "accepted"}, ["accepted"]),
        ({"outcome": "expired"}, ["expired"]),
        ({"address": "198.51.100.4"}, ["blocked"]),
        ({"country": "no"}, ["expired"]),
        ({"device": "desktop"}, ["accepted", "blocked"]),
        ({"rule": "rule-9"}, ["blocked"]),
        ({"user": "u-17"}, ["expired", "accepted", "blocked"]),
        ({"user": "nobody"}, []),
        ({"site": "sk_live_0000000000000000000001"}, []),
        ({"site": "nonsense"}, []),
        ({"status": "nonsense", "outcome": "x", "device": "x"}, ["expired", "accepted", "blocked"]),
    ],
    ids=str,
)
def test_filters_stand_in_the_address(alice, stories, query, found):
    assert outcomes(alice.browser.get("/records/", query)) == found


def test_days_bound_the_search(alice, stories):
    day = (clock.now() - timedelta(days=3)).date().isoformat()
    assert outcomes(alice.browser.get("/records/", {"from": day, "to": day})) == ["blocked"]
    assert len(outcomes(alice.browser.get("/records/", {"from": "not a day"}))) == 3


def test_pages_follow_each_other_without_gaps_and_keep_the_filter(alice, shop):
    for number in range(120):
        answer(shop, moment=clock.now() - timedelta(seconds=number // 3))
    recording.flush()
    browser, seen, url = alice.browser, [], "/records/?status=accepted"
    while url:
        page = browser.get(url)
        seen += [row.record.pk for row in page.context["rows"]]
        url = page.context["older_url"]
        assert not url or url.startswith("/records/?status=accepted&cursor=")
    assert len(seen) == len(set(seen)) == 120


def test_a_fragment_is_the_list_alone(alice, stories):
    page = alice.browser.get("/records/", headers={"HX-Request": "true", "HX-Target": "records"})
    assert "<html" not in page.content.decode()
    assert "Records, newest first" in page.content.decode()


def test_the_file_holds_what_is_filtered_and_nothing_that_is_computed(alice, shop):
    answer(shop, visitor=visitor(user_agent="=1+1"))
    answer(shop, Outcome.EXPIRED)
    recording.flush()
    answered = alice.browser.get("/records/export.csv", {"status": "accepted"})
    assert answered["Content-Disposition"] == 'attachment; filename="captcha-records.csv"'
    [line] = list(csv.DictReader(io.StringIO(answered.getvalue().decode())))
    assert (line["user_agent"], line["address"], line["site_key"]) == ("'=1+1", "203.0.113.77", shop.site_key)


def test_the_story_of_an_accepted_challenge(alice, stories):
    page = text_of(alice.browser.get(f"/records/{CaptchaRecord.objects.get(status='accepted').pk}"))
    assert "Level 96 on https://shop.example, by the site&#x27;s settings and its recent traffic." in page
    assert "The widget says that it took 1.5 seconds." in page
    assert "The solution was good, and the visitor was let through." in page
    assert "1 accepted, 0 refused" in page


def test_the_story_of_a_blocked_visitor_names_the_rule(alice, stories):
    page = text_of(alice.browser.get(f"/records/{CaptchaRecord.objects.get(status='blocked').pk}"))
    assert "got none: an access rule blocks this visitor." in page
    assert "Scraper" in page
    assert "rule-9" in page
    assert "none, for want of a challenge" in page
    assert "As it is now" not in page


def test_a_rule_that_acted_is_told_in_words_and_led_to_while_it_exists(alice, shop):
    rule = create_rule(alice.actor, wanted=Wanted("block", [("countryCode", "DE")])).rule
    conditions = [{"field": "countryCode", "value": "DE"}, {"field": "ofTomorrow", "value": "x"}]
    block(shop, hit=Hit(handle=rule.handle, snapshot={"type": "block", "conditions": conditions}))
    recording.flush()
    path = f"/records/{CaptchaRecord.objects.get().pk}"

    page = alice.browser.get(path).content.decode()
    assert "DE · Germany" in page
    assert "ofTomorrow" in page
    assert f'href="/rules/{rule.handle}/"' in page
    assert "Country DE · Germany and ofTomorrow x" in text_of(alice.browser.get("/records/"))

    delete_rule(alice.actor, handle=rule.handle)
    assert f'href="/rules/{rule.handle}/"' not in alice.browser.get(path).content.decode()


@pytest.mark.parametrize(("solve_ms", "said"), [(0, "0 ms"), (42, "42 ms"), (100, "0.1 s"), (1_540, "1.5 s")])
def test_a_time_that_is_too_short_for_tenths_is_told_in_milliseconds(alice, shop, solve_ms, said):
    answer(shop, solve_ms=solve_ms)
    recording.flush()
    assert said in text_of(alice.browser.get("/records/"))


def test_a_solution_handed_in_again_is_told_in_one_story(alice, shop):
    nonce = uuid4()
    for outcome in (Outcome.ACCEPTED, Outcome.ALREADY_USED, Outcome.ALREADY_USED):
        answer(shop, outcome, nonce=nonce)
    recording.flush()
    page = text_of(alice.browser.get(f"/records/{nonce}"))
    assert "2 more times the solution was handed in and refused" in page


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_words_and_what_is_refused_a_next_step(outcome):
    words = WORDS[outcome]
    assert words.meaning
    assert words.next_step or outcome.passes or outcome is Outcome.TEST_FAILED


def test_an_address_that_is_not_kept_is_not_a_link(alice, shop, settings):
    settings.RECORD_IP = "none"
    checked = answer(shop)
    recording.flush()
    page = text_of(alice.browser.get(f"/records/{checked.nonce}"))
    assert "not kept" in page
    assert "Everything from there" not in page


def test_records_of_sites_that_somebody_does_not_see_do_not_exist_for_them(alice, bob, dave, stories):
    hidden = create_site(alice.actor, name="Hidden", allowed_origins=["https://h.example"]).site
    checked = answer(hidden)
    recording.flush()
    assert len(outcomes(bob.browser.get("/records/"))) == 3
    assert bob.browser.get(f"/records/{checked.nonce}").status_code == 404
    assert outcomes(dave.browser.get("/records/")) == []


def test_an_auditor_is_refused_and_the_log_says_so(erin, stories):
    answered = erin.browser.get("/records/")
    assert answered.status_code == 403
    assert "searchCaptchaRecords" in answered.content.decode()


def test_without_a_record_the_page_leads_to_the_install_tab(alice, shop):
    page = alice.browser.get("/records/").content.decode()
    assert "No records yet" in page
    assert f'href="/sitekeys/{shop.site_key}/install"' in page
