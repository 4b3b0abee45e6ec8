"""Traffic by hour, day and month, and what happens now: from the counts that challenges leave behind."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.audit import clock
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.api.prosopo.conftest import refused
from tests.people import Api
from tests.protection.noting import answer, block, issue, visitor

TRAFFIC = "/gettrafficdata"
LIVE = "/getlivesessions"
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
NOTHING = {"issued": 0, "userSubmitted": 0, "serverChecked": 0, "approved": 0, "disapproved": 0, "blocked": 0}


@pytest.fixture(autouse=True)
def _at_noon():
    recording.forget()
    with clock.at(NOW):
        yield
    recording.forget()


@pytest.fixture
def busy(shop: Site) -> Site:
    """A site with a day's work: three hours ago, and five days ago."""
    for ago in (timedelta(hours=3), timedelta(days=5)):
        at = NOW - ago
        nonce = uuid4()
        issue(shop, moment=at)
        answer(shop, nonce=nonce, moment=at)
        answer(shop, Outcome.ALREADY_USED, nonce=nonce, moment=at)
        block(shop, moment=at)
    recording.flush()
    return shop


def totals(rows):
    return {name: sum(row["pow"][name] for row in rows) for name in NOTHING}


def test_a_day_is_told_hour_by_hour(api, busy):
    rows = api.post(TRAFFIC, {"startDate": "2026-11-21", "endDate": "2026-11-21"}).json()

    assert [row["_id"] for row in rows] == [{"y": 2026, "m": 11, "d": 21, "h": hour} for hour in range(24)]
    assert rows[9] == {
        "_id": {"y": 2026, "m": 11, "d": 21, "h": 9},
        "pow": {
            "issued": 1, "userSubmitted": 1, "serverChecked": 2, "approved": 1, "disapproved": 1, "blocked": 1
        },
        "image": NOTHING,
    }  # fmt: skip
    assert rows[10]["pow"] == NOTHING


def test_up_to_seven_days_are_hours_and_more_are_days(api, busy):
    week = api.post(TRAFFIC, {"startDate": "2026-11-15", "endDate": "2026-11-21"}).json()
    longer = api.post(TRAFFIC, {"startDate": "2026-11-14", "endDate": "2026-11-21"}).json()
    assert (len(week), len(longer)) == (7 * 24, 8)
    assert "h" not in longer[0]["_id"]
    assert totals(week) == totals(longer) | {}
    assert totals(week)["approved"] == 2


def test_the_last_seven_days_are_the_default(api, busy):
    rows = api.get(TRAFFIC).json()
    assert rows[-1]["_id"] == {"y": 2026, "m": 11, "d": 21, "h": 12}
    assert totals(rows)["issued"] == 2


def test_a_month_is_told_day_by_day(api, busy):
    rows = api.post(TRAFFIC, {"month": 11, "year": 2026}).json()
    assert [row["_id"]["d"] for row in rows] == list(range(1, 31))
    assert [row["_id"]["d"] for row in rows if row["pow"]["approved"]] == [16, 21]
    assert len(api.get(TRAFFIC, month=12, year=2025).json()) == 31


def test_dates_may_be_milliseconds_and_times(api, busy):
    milliseconds = round(datetime(2026, 11, 21, tzinfo=UTC).timestamp() * 1000)
    by_number = api.post(TRAFFIC, {"startDate": milliseconds, "endDate": milliseconds + 86_400_000}).json()
    by_time = api.get(TRAFFIC, startDate="2026-11-21T01:00:00+01:00", endDate="2026-11-22T00:00:00Z").json()
    assert by_number == by_time == api.get(TRAFFIC, startDate="2026-11-21", endDate="2026-11-21").json()


def test_only_the_sites_that_are_asked_for_count(api, alice, busy):
    quiet = create_site(alice.actor, name="Quiet", allowed_origins=["https://quiet.example"]).site
    assert totals(api.post(TRAFFIC, {"siteKeys": [quiet.site_key]}).json())["issued"] == 0
    both = api.get(TRAFFIC, siteKeys=f'["{quiet.site_key}","{busy.key}"]').json()
    assert totals(both)["issued"] == 2


def test_somebody_elses_site_is_a_404_and_their_traffic_is_in_no_sum(api, busy, dave, make_key):
    stranger = Api(make_key(dave))
    refused(stranger.post(TRAFFIC, {"siteKeys": [busy.site_key]}), 404, "GENERAL.SITE_KEY_NOT_FOUND")
    refused(stranger.post(LIVE, {"siteKey": busy.site_key}), 404, "GENERAL.SITE_KEY_NOT_FOUND")
    assert totals(stranger.get(TRAFFIC).json())["issued"] == 0


def test_hours_that_are_not_kept_any_more_are_told_as_days(api, busy):
    rows = api.post(TRAFFIC, {"startDate": "2026-01-01", "endDate": "2026-01-03"}).json()
    assert [row["_id"] for row in rows] == [{"y": 2026, "m": 1, "d": day} for day in (1, 2, 3)]


@pytest.mark.parametrize(
    "question",
    [
        {"startDate": "2026-11-22", "endDate": "2026-11-20"},
        {"startDate": "2020-01-01"},
        {"startDate": "yesterday"},
        {"startDate": "0001-01-01"},
        {"endDate": "9999-12-31"},
        {"endDate": 10**18},
        {"month": 11},
        {"month": 11, "year": 2026, "startDate": "2026-11-01"},
        {"month": 13, "year": 2026},
        {"siteKeys": "x"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_question_that_cannot_be_answered_is_a_400(api, shop, question):
    refused(api.post(TRAFFIC, question), 400, "API.INVALID_BODY")


def test_what_happens_now_is_told_by_time_with_where_most_came_from(api, shop):
    for minutes, address in ((1, "192.0.2.1"), (1, "192.0.2.1"), (30, "192.0.2.2"), (61, "192.0.2.9")):
        answer(shop, moment=NOW - timedelta(minutes=minutes), visitor=visitor(address=address))
    answer(shop, Outcome.EXPIRED, moment=NOW - timedelta(minutes=30), visitor=visitor(address=""))
    block(shop, visitor(address="192.0.2.2"), moment=NOW - timedelta(minutes=30))
    recording.flush()

    found = api.post(LIVE, {"siteKey": shop.site_key, "bucketSeconds": 600}).json()

    assert (found["windowMinutes"], found["bucketSeconds"], len(found["points"])) == (60, 600, 6)
    assert found["points"][3] == {
        "timestamp": round((NOW - timedelta(minutes=30)).timestamp() * 1000),
        "sessions": 3,
        "approved": 1,
        "disapproved": 1,
        "blocked": 1,
    }
    assert sum(point["sessions"] for point in found["points"]) == 5
    assert found["uniqueIps"] == 2
    assert found["topIps"] == [{"ip": "192.0.2.1", "count": 2}, {"ip": "192.0.2.2", "count": 2}]


@pytest.mark.parametrize("window", [{"windowMinutes": 4}, {"windowMinutes": 361}, {"bucketSeconds": 29}])
def test_a_window_has_its_bounds(api, shop, window):
    refused(api.post(LIVE, {"siteKey": shop.site_key, **window}), 400, "API.INVALID_BODY")


def test_a_window_that_buckets_do_not_fill_ends_with_a_shorter_one(api, shop):
    found = api.get(LIVE, siteKey=shop.site_key, windowMinutes=5, bucketSeconds=120).json()
    assert len(found["points"]) == 3


@pytest.mark.parametrize("path", [TRAFFIC, LIVE])
def test_a_key_needs_the_permission_for_traffic(alice, shop, make_key, path):
    weak = Api(make_key(alice, "searchCaptchaRecords"))
    body = {"siteKey": shop.site_key} if path == LIVE else {}
    assert "getTraffic" in refused(weak.post(path, body), 403, "API.INSUFFICIENT_PERMISSIONS")
