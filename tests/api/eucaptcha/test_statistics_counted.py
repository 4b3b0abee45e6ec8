"""Statistics of sites with traffic: the same numbers as everywhere, by type and day, for whoever may read them."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.audit import clock
from apps.permissions.models import ShareLevel
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.sites.operations import create_site
from apps.sites.sharing import share_site
from tests.api.eucaptcha.conftest import STATISTICS
from tests.people import PASSWORD, Api
from tests.protection.noting import answer, block, issue

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon():
    recording.forget()
    with clock.at(NOON):
        yield
    recording.forget()


@pytest.fixture
def busy(shop):
    """Today three were issued, two solved, one accepted, one blocked; the day before yesterday one was issued."""
    for _ in range(3):
        issue(shop, moment=NOON)
    answer(shop, moment=NOON)
    answer(shop, Outcome.EXPIRED, moment=NOON)
    block(shop, moment=NOON)
    issue(shop, moment=NOON - timedelta(days=2))
    recording.flush()
    return shop


def counts(rows):
    return {row["action_type"]: row["count"] for row in rows}


@pytest.mark.parametrize("address", [STATISTICS, "/captcha-stats-user"])
def test_the_sums_are_those_of_the_traffic(alice, calling, busy, address):
    eu = calling(alice)
    whole = {"VFC": 4, "ASC": 2, "VSC": 0, "ACC": 1, "BLK": 1}
    assert counts(eu.get(address).json()) == whole
    assert counts(eu.get(address, sitekey=busy.site_key).json()) == whole
    assert counts(eu.get(address, max_days=2).json())["VFC"] == 3


def test_each_day_has_its_own(alice, calling, busy):
    rows = calling(alice).get(STATISTICS, per_day=1, max_days=3).json()
    assert {row["date_at"]: row["count"] for row in rows if row["action_type"] == "VFC"} == {
        "2026-11-19": 1,
        "2026-11-20": 0,
        "2026-11-21": 3,
    }


def test_the_last_day_that_there_is_can_be_asked_for(alice, calling, busy):
    assert len(calling(alice).get(STATISTICS, per_day=1, max_days=1, start_date="9999-12-31").json()) == 5


def test_a_person_reads_their_own_sites_and_those_that_are_shared_with_them(alice, dave, busy):
    hidden = create_site(alice.actor, name="Hidden", allowed_origins=["https://h.example"]).site
    own = create_site(dave.actor, name="Own", allowed_origins=["https://own.example"]).site
    share_site(alice.actor, site_key=busy.site_key, email=dave.user.email, level=ShareLevel.READ)
    for site, times in ((hidden, 100), (own, 10)):
        for _ in range(times):
            issue(site, moment=NOON)
    recording.flush()
    login = Api().post("/myra-auto-app-api/login", {"email": dave.user.email, "password": PASSWORD})
    assert counts(Api(login.json()["token"]).get(STATISTICS).json())["VFC"] == 14
