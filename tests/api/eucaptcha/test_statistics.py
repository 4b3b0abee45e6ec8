"""Statistics: a bare array at both addresses, of zeros until there is traffic."""

from datetime import UTC, datetime

import pytest

from apps.audit import clock
from tests.api.eucaptcha.conftest import STATISTICS, refused, violations
from tests.people import Api

TYPES = ["VFC", "ASC", "VSC", "ACC", "BLK"]
ADDRESSES = [STATISTICS, "/captcha-stats-user"]
NOON = datetime(2025, 5, 31, 12, tzinfo=UTC)


@pytest.fixture(params=ADDRESSES)
def address(request):
    return request.param


@pytest.fixture
def eu(calling, alice):
    return calling(alice)


def test_without_days_there_is_a_row_for_each_type(eu, shop, address):
    answer = eu.get(address)

    assert answer["Content-Type"] == "application/json"
    assert answer.json() == [{"action_type": name, "count": 0} for name in TYPES]


def test_by_day_there_is_a_row_for_each_type_and_day_and_today_is_the_last(eu, shop, address):
    with clock.at(NOON):
        rows = eu.get(address, per_day=1, max_days=3).json()

    days = ["2025-05-29", "2025-05-30", "2025-05-31"]
    assert rows == [{"action_type": name, "count": 0, "date_at": day} for day in days for name in TYPES]


def test_the_first_day_can_be_given(eu, shop, address):
    rows = eu.get(address, per_day=1, max_days=2, start_date="2024-02-28").json()

    assert [row["date_at"] for row in rows[::5]] == ["2024-02-28", "2024-02-29"]


def test_thirty_days_are_the_default_and_empty_parameters_are_none(eu, shop, address):
    assert len(eu.get(address, per_day=1, sitekey="", start_date="").json()) == 30 * 5


@pytest.mark.parametrize("spelled", ["pk", "sk_live_", "pk_", "uuid"])
def test_one_sitekey_in_any_spelling(eu, shop, address, spelled):
    keys = {
        "pk": shop.pk,
        "sk_live_": shop.site_key,
        "pk_": shop.site_key.replace("sk_live_", "pk_"),
        "uuid": str(shop.key),
    }
    assert len(eu.get(address, sitekey=keys[spelled]).json()) == 5


@pytest.mark.parametrize("sitekey", ["x", "0", "-1", "999999", f"pk_{'0' * 22}", "9" * 40, "' OR 1=1"])
def test_a_sitekey_that_is_none_is_a_404(eu, shop, address, sitekey):
    refused(eu.get(address, sitekey=sitekey), 404)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"max_days": "0"}, "max_days"),
        ({"max_days": "367"}, "max_days"),
        ({"max_days": "x"}, "max_days"),
        ({"max_days": "9" * 100}, "max_days"),
        ({"per_day": "2"}, "per_day"),
        ({"per_day": "true"}, "per_day"),
        ({"start_date": "x"}, "start_date"),
        ({"start_date": "2025-02-30"}, "start_date"),
        ({"start_date": "01.05.2025"}, "start_date"),
        ({"start_date": "9999-12-31", "max_days": "2"}, "start_date"),
        ({"start_date": "0000-01-01"}, "start_date"),
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be_is_a_422_that_names_it(eu, shop, address, query, field):
    assert list(violations(eu.get(address, **query))) == [field]


def test_it_needs_a_permission(alice, shop, make_key, erin, address):
    weak = Api(make_key(alice, "getSite"))

    assert "getTraffic" in refused(weak.get(address), 403)
    assert "getTraffic" in refused(weak.get(address, sitekey=shop.pk), 403)


def test_the_root_answers_with_a_slash_and_in_the_contracts_shape(eu):
    assert eu.get("/captcha-stats-user/").status_code == 200
    refused(eu.post("/captcha-stats-user", {}), 405)
    assert Api().get("/captcha-stats-user").json()["code"] == 401
