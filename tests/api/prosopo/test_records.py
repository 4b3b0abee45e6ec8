"""Searching records: by each of the contract's criteria, in pages that miss and repeat nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.audit import clock
from apps.protection import recording, records
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.api.prosopo.conftest import refused
from tests.people import Api
from tests.protection.noting import FIREFOX, IPHONE, Hit, answer, block, visitor

SEARCH = "/audit/searchcaptcharecords"
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
TOLD_OF_GOOD = {
    "captchaType": "pow",
    "status": "approved",
    "resultReason": "accepted",
    "selectionReason": "siteSettings",
    "blockedBecause": "",
    "verifications": 1,
    "refusals": 0,
    "solveMs": 1500,
    "level": 96,
    "ip": "203.0.113.77",
    "userAgent": FIREFOX,
    "deviceType": "desktop",
    "countryCode": "DE",
    "asn": 3320,
    "ja4": "t13d1516h2",
    "userAccount": "u-17",
    "origin": "https://shop.example",
    "policyType": "",
    "accessRule": None,
}


@pytest.fixture(autouse=True)
def _at_noon():
    recording.forget()
    with clock.at(NOW):
        yield
    recording.forget()


@pytest.fixture
def records_of_three(shop: Site) -> dict[str, str]:
    """Three records: one accepted, one refused, one blocked; their ids by name."""
    told: dict[str, Any] = {"user_agent": IPHONE, "country": "NO", "user_id": "u-2", "ja4": "t13d", "asn": 224}
    good = answer(shop, moment=NOW - timedelta(hours=3))
    bad = answer(
        shop,
        Outcome.TOO_EARLY,
        moment=NOW - timedelta(hours=2),
        visitor=visitor(address="2001:db8::7", **told),
        origin="https://pay.shop.example",
    )
    assert good.nonce
    assert bad.nonce
    recording.flush()
    block(
        shop,
        visitor(address="198.51.100.4", user_agent="curl/8.5", country="", user_id="", ja4="", asn=0),
        hit=Hit(handle="rule-9"),
        moment=NOW - timedelta(hours=1),
    )
    recording.flush()
    blocked = CaptchaRecord.objects.get(status="blocked")
    return {"good": good.nonce.hex, "bad": bad.nonce.hex, "blocked": blocked.pk.hex}


def found(api: Api, ids: dict[str, str], criteria: dict[str, Any], **question: Any) -> list[str]:
    body = api.post(SEARCH, {"searchCriteria": criteria, **question}).json()
    names = {number: name for name, number in ids.items()}
    return [names[record["id"]] for record in body["records"]]


def test_a_record_tells_its_story(api, shop, records_of_three):
    shown = api.post(SEARCH, {"siteKey": shop.site_key}).json()["records"]
    at = round((NOW - timedelta(hours=3)).timestamp() * 1000)
    told = {"id": records_of_three["good"], "siteKey": shop.site_key}
    assert shown[2] == told | TOLD_OF_GOOD | {"timestamp": at, "issuedAt": at - 10_000, "answeredAt": at}
    assert shown[0]["accessRule"] == {"description": "Scraper", "type": "block"}
    assert (shown[0]["selectionReason"], shown[0]["policyType"]) == ("accessRule", "block")


def test_the_newest_come_first_with_the_way_to_the_next_page(api, shop, records_of_three):
    body = api.post(SEARCH, {"siteKey": shop.site_key}).json()
    newest_first = [records_of_three[name] for name in ("blocked", "bad", "good")]
    assert [record["id"] for record in body.pop("records")] == newest_first
    assert body == {
        "total": 3,
        "totalIsExact": True,
        "limit": 20,
        "hasMore": False,
        "lastId": records_of_three["good"],
        "lastTimestamp": round((NOW - timedelta(hours=3)).timestamp() * 1000),
        "ignoredCriteria": [],
    }


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ({"ip": "203.0.113.77"}, ["good"]),
        ({"ip": "2001:DB8:0::7"}, ["bad"]),
        ({"ip": "203.0.113.0/24"}, []),
        ({"ja4": "t13d"}, ["bad"]),
        ({"userAgent": "iphone"}, ["bad"]),
        ({"userAccount": "u-17"}, ["good"]),
        ({"countryCode": "no"}, ["bad"]),
        ({"deviceType": "mobile"}, ["bad"]),
        ({"deviceType": "bot"}, ["blocked"]),
        ({"status": "Approved"}, ["good"]),
        ({"status": "disapproved"}, ["bad"]),
        ({"status": "blocked"}, ["blocked"]),
        ({"selectionReason": "accessRule"}, ["blocked"]),
        ({"selectionReason": "siteSettings"}, ["bad", "good"]),
        ({"resultReason": "too early"}, ["bad"]),
        ({"resultReason": "TOO_EARLY"}, ["bad"]),
        ({"accessRule": "rule-9"}, ["blocked"]),
        ({"policyType": "block"}, ["blocked"]),
        ({"policyType": "restrict"}, []),
        ({"freeText": "pay.shop"}, ["bad"]),
        ({"freeText": "curl"}, ["blocked"]),
        ({"freeText": "198.51."}, ["blocked"]),
        ({"status": "approved", "countryCode": "NO"}, []),
    ],
    ids=str,
)
def test_each_criterion_narrows(api, records_of_three, criteria, names):
    assert found(api, records_of_three, criteria) == names


def test_a_record_is_found_by_its_id(api, records_of_three):
    assert found(api, records_of_three, {"freeText": records_of_three["bad"]}) == ["bad"]


def test_an_address_finds_the_network_that_it_was_kept_as(api, shop, settings):
    settings.RECORD_IP = "truncated"
    checked = answer(shop, moment=NOW)
    recording.flush()
    assert checked.nonce
    for address in ("203.0.113.200", "203.0.113.0/24"):
        assert found(api, {"it": checked.nonce.hex}, {"ip": address}) == ["it"]


def test_criteria_that_nothing_here_knows_narrow_nothing_and_are_named(api, records_of_three):
    body = api.post(
        SEARCH, {"searchCriteria": {"vpn": True, "iFrame": False, "triggeredDetectors": ["x"], "status": "approved"}}
    ).json()
    assert body["ignoredCriteria"] == ["vpn", "iFrame", "triggeredDetectors"]
    assert body["total"] == 1


def test_of_another_type_than_proof_of_work_there_is_none(api, records_of_three):
    assert api.post(SEARCH, {"captchaType": "image"}).json()["records"] == []
    assert api.post(SEARCH, {"captchaType": "POW"}).json()["total"] == 3


def test_dates_bound_the_search(api, records_of_three):
    at = round((NOW - timedelta(hours=2)).timestamp() * 1000)
    assert found(api, records_of_three, {}, startDate=at, endDate=at) == ["bad"]
    assert found(api, records_of_three, {}, startDate=at + 1) == ["blocked"]


def test_pages_miss_and_repeat_nothing_also_within_one_moment(api, shop):
    moments = [NOW - timedelta(seconds=number // 4) for number in range(23)]
    for moment in moments:
        answer(shop, moment=moment)
    recording.flush()

    seen: list[tuple[int, str]] = []
    page: dict[str, Any] = {"limit": 5}
    while True:
        body = api.post(SEARCH, {"pagination": page}).json()
        seen += [(record["timestamp"], record["id"]) for record in body["records"]]
        if not body["hasMore"]:
            break
        page = {"limit": 5, "lastId": body["lastId"], "lastTimestamp": body["lastTimestamp"]}
    assert len(set(seen)) == 23
    assert seen == sorted(seen, reverse=True)


def test_a_total_is_counted_up_to_a_bound_and_says_so(api, records_of_three, monkeypatch):
    monkeypatch.setattr(records.count_up_to, "__defaults__", (2,))
    body = api.post(SEARCH, {}).json()
    assert (body["total"], body["totalIsExact"], len(body["records"])) == (2, False, 3)


def test_both_ways_answer_the_same(api, shop, records_of_three):
    by_body = api.post(SEARCH, {"searchCriteria": {"status": "approved"}, "pagination": {"limit": 1}})
    by_query = api.get(SEARCH, searchCriteria='{"status":"approved"}', pagination='{"limit":1}')
    assert by_query.json() == by_body.json()
    assert by_body.json()["total"] == 1


@pytest.mark.parametrize(
    "question",
    [
        {"searchCriteria": {"status": "fine"}},
        {"searchCriteria": {"colour": "red"}},
        {"searchCriteria": {"resultReason": "bad luck"}},
        {"pagination": {"limit": 0}},
        {"pagination": {"limit": 101}},
        {"pagination": {"lastId": "0" * 32}},
        {"pagination": {"lastTimestamp": 5}},
        {"pagination": {"lastId": "x", "lastTimestamp": 5}},
        {"startDate": 5},
        {"startDate": 1_900_000_000_000},
        {"startDate": -1},
        {"startDate": 10**18},
    ],
    ids=str,
)
def test_a_question_that_cannot_be_answered_is_a_400(api, shop, question):
    refused(api.post(SEARCH, question), 400, "API.INVALID_BODY")


def test_nobody_finds_records_of_sites_that_they_do_not_see(alice, bob, dave, shop, make_key, records_of_three):
    hidden = create_site(alice.actor, name="Hidden", allowed_origins=["https://hidden.example"]).site
    answer(hidden, moment=NOW)
    recording.flush()
    assert Api(make_key(bob)).get(SEARCH).json()["total"] == 3
    assert Api(make_key(alice)).get(SEARCH).json()["total"] == 4
    assert Api(make_key(dave)).get(SEARCH).json()["total"] == 0
    refused(Api(make_key(bob)).get(SEARCH, siteKey=hidden.site_key), 404, "GENERAL.SITE_KEY_NOT_FOUND")
    refused(Api(make_key(dave)).get(SEARCH, siteKey=shop.site_key), 404, "GENERAL.SITE_KEY_NOT_FOUND")


def test_a_key_needs_the_permission_for_records(alice, shop, make_key):
    weak = Api(make_key(alice, "getTraffic", "getSites"))
    assert "searchCaptchaRecords" in refused(weak.post(SEARCH, {}), 403, "API.INSUFFICIENT_PERMISSIONS")
