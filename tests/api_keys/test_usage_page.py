"""The page of what a key was used for, and its file."""

import csv
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.api_keys.life import disable_keys, rotate_key, update_key
from apps.api_keys.models import ApiKey
from apps.api_keys.networks import network_around
from apps.api_keys.usage_models import KeyNetwork, KeyUsage
from apps.audit import clock
from tests.dashboard.reading import read
from tests.people import Person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
OUTCOMES = ["Done", "Refused", "Invalid", "Limited", "Failed", "All"]


@pytest.fixture
def key(alice: Person, make_key: Any) -> ApiKey:
    """A key of Alice's."""
    make_key(alice, "getSites", "createSite", name="CI pipeline")
    return ApiKey.objects.get()


def count(
    key: ApiKey, hours_ago: int, calls: int, operation: str = "getSites", outcome: str = "done", reason: str = ""
) -> None:
    hour = NOW.replace(minute=0) - timedelta(hours=hours_ago)
    KeyUsage.objects.create(key=key, hour=hour, operation=operation, outcome=outcome, reason=reason, count=calls)


def shown(person: Person, key: ApiKey, by: str = "day") -> Any:
    with clock.at(NOW):
        return person.browser.get(f"/keys/{key.pk}/usage", {"by": by})


def tables(answer: Any) -> list[list[list[str]]]:
    """The cells of each table, row by row, as text."""
    found = re.findall(r"<table.*?</table>", answer.content.decode(), re.DOTALL)
    strip = lambda cell: unescape(re.sub(r"<[^>]+>|\s+", " ", cell)).strip()  # noqa: E731
    return [[[strip(cell) for cell in CELL.findall(row)] for row in ROW.findall(table)] for table in found]


def test_large_numbers_are_written_in_groups(alice, key):
    count(key, 1, 12_345)
    count(key, 1, 6_789, outcome="refused", reason="expired")
    said = " ".join(unescape(re.sub(r"<[^>]+>|\s+", " ", shown(alice, key).content.decode())).split())
    assert "Last 30 days 19,134 6,789 not done" in said
    assert "getSites 12,345 6,789 0 0 0 19,134" in said
    assert not re.search(r"\b(12345|6789|19134)\b", said)


def test_calls_are_shown_by_the_day_of_utc(alice, key):
    count(key, 0, 3)
    count(key, 7, 4)  # the first hour of today
    count(key, 8, 5, outcome="refused", reason="expired")  # the last of yesterday
    heading, *days = tables(shown(alice, key))[0]

    assert heading == ["Day, in UTC", *OUTCOMES]
    assert len(days) == 30
    assert days[0] == ["21 Nov 2026", "7", "0", "0", "0", "0", "7"]
    assert days[1] == ["20 Nov 2026", "0", "5", "0", "0", "0", "5"]
    assert days[29][0] == "23 Oct 2026"
    assert {cell for day in days[2:] for cell in day[1:]} == {"0"}


def test_calls_are_shown_by_the_hour_for_two_days(alice, key):
    for hours, outcome in enumerate(("done", "refused", "invalid", "limited", "failed")):
        count(key, hours, 10 + hours, outcome=outcome)
    count(key, 47, 1)
    count(key, 48, 99)
    _, *hours_shown = tables(shown(alice, key, "hour"))[0]

    assert len(hours_shown) == 48
    assert hours_shown[0] == ["21 Nov 2026, 07:00 UTC", "10", "0", "0", "0", "0", "10"]
    assert hours_shown[4] == ["21 Nov 2026, 03:00 UTC", "0", "0", "0", "0", "14", "14"]
    assert hours_shown[47][1] == "1"
    assert sum(int(row[-1]) for row in hours_shown) == 10 + 11 + 12 + 13 + 14 + 1


@pytest.mark.parametrize("by", ["", "week", "HOUR", "é", "day"])
def test_any_other_wish_is_the_day(alice, key, by):
    count(key, 0, 1)
    assert len(tables(shown(alice, key, by))[0]) == 31


def test_operations_are_those_of_the_time_in_view_most_used_first(alice, key):
    count(key, 1, 2, "createSite")
    count(key, 1, 5, "getSites")
    count(key, 1, 1, "getSites", "invalid")
    count(key, 100, 70, "createSite")

    assert tables(shown(alice, key, "hour"))[1][1:] == [
        ["getSites", "5", "0", "1", "0", "0", "6"],
        ["createSite", "2", "0", "0", "0", "0", "2"],
    ]
    assert tables(shown(alice, key, "day"))[1][1] == ["createSite", "72", "0", "0", "0", "0", "72"]


def test_totals_are_of_a_day_a_week_and_a_month(alice, key):
    count(key, 0, 1)
    count(key, 23, 10, outcome="refused", reason="expired")
    count(key, 24, 100)
    count(key, 24 * 6, 1000)
    count(key, 24 * 7, 10_000)
    count(key, 24 * 29, 100_000)
    count(key, 24 * 30, 1_000_000)
    totals = shown(alice, key).context["report"].totals

    assert [(total.calls, total.not_done) for total in totals] == [(11, 10), (1111, 10), (111_111, 10)]


def test_refusals_are_shown_with_their_reasons(alice, key):
    count(key, 1, 2, "createSite", "refused", "lacks createSite")
    count(key, 30, 5, "createSite", "refused", "lacks createSite")
    count(key, 2, 1, "getSites", "refused", "wrong network")
    text = " ".join(read(shown(alice, key, "hour")).text.split())

    assert re.search(r"lacks createSite last in the hour from 21 Nov 2026, 06:00 UTC 7 wrong network .*? 1 ", text)


def test_networks_are_shown_with_first_and_last_use(alice, key):
    for address, days in (("203.0.113.9", 3), ("2001:db8:7::1", 1)):
        last = NOW - timedelta(days=days)
        KeyNetwork.objects.create(
            key=key,
            network=network_around(address),
            first_seen_at=NOW - timedelta(days=20),
            last_seen_at=last,
            last_address=address,
        )
    text = read(shown(alice, key)).text

    assert text.index("2001:db8:7::/48") < text.index("203.0.113.0/24")
    assert "1 Nov 2026, 07:30 UTC" in text


def test_each_token_has_its_own_last_use(alice, key):
    key.tokens.update(last_used_at=NOW - timedelta(hours=3))
    with clock.at(NOW):
        rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=1))
    count(key, 0, 1)
    tokens = shown(alice, key).context["report"].tokens

    assert [token.last_used_at for token in tokens] == [None, NOW - timedelta(hours=3)]
    assert [token.expires_at for token in tokens] == [None, NOW + timedelta(days=1)]
    assert all(token.masked in read(shown(alice, key)).text for token in tokens)


def test_what_it_may_do_is_said_in_words(alice, key, shop):
    update_key(alice.actor, key_id=key.pk, site_keys=[shop.site_key], networks=["203.0.113.0/24"])
    disable_keys(alice.actor, key_ids=[key.pk])
    text = " ".join(read(shown(alice, key)).text.split())

    assert "Where Shop From 203.0.113.0/24 Expires Never" in text
    assert "Disabled" in text


def test_the_log_is_offered_to_those_who_may_read_it(alice, bob, make_key, key):
    make_key(bob, "getSites")
    own = ApiKey.objects.get(created_by=bob.user)

    assert f"/log/?actor={key.pk}" in read(shown(alice, key)).links
    assert not [link for link in read(shown(bob, own)).links if link.startswith("/log/")]


def test_a_key_that_was_never_used_says_so(alice, key):
    page = read(shown(alice, key))

    assert "Never used" in page.text
    assert "What it may do" in page.text
    assert f"/keys/{key.pk}/usage.csv" not in page.links


def test_only_its_own_calls_are_shown(alice, key, make_key):
    make_key(alice, "getSites", name="Other")
    other = ApiKey.objects.get(name="Other")
    count(other, 0, 5, "deleteSite")
    count(key, 0, 1)

    assert [row[0] for row in tables(shown(alice, key))[1][1:]] == ["getSites"]
    assert "deleteSite" not in file_of(alice, key)


def test_much_use_costs_as_many_queries_as_little(alice, key):
    browser = alice.browser
    count(key, 0, 1)

    def cost() -> int:
        with clock.at(NOW), CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/keys/{key.pk}/usage").status_code == 200
        return len(queries)

    cost()  # the first visit of a session writes it
    little = cost()
    for number in range(400):
        count(key, number, 1 + number, f"operation{number % 9}", "refused", f"reason {number % 7}")
    seen = [
        KeyNetwork(key=key, network=f"10.0.{n}.0/24", first_seen_at=NOW, last_seen_at=NOW, last_address="")
        for n in range(90)
    ]
    KeyNetwork.objects.bulk_create(seen)
    assert cost() == little <= 12


def file_of(person: Person, key: ApiKey) -> str:
    with clock.at(NOW):
        answer = person.browser.get(f"/keys/{key.pk}/usage.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"key-usage-{key.pk}.csv" in answer["Content-Disposition"]
    return answer.getvalue().decode()


def test_the_file_holds_every_count_of_thirty_days_and_nothing_to_compute(alice, key):
    count(key, 24 * 31, 9)
    count(key, 30, 7)
    count(key, 0, 2, "createSite", "refused", "=1+1")

    assert list(csv.reader(file_of(alice, key).splitlines())) == [
        ["hour", "operation", "outcome", "reason", "calls"],
        ["2026-11-20T01:00:00Z", "getSites", "done", "", "7"],
        ["2026-11-21T07:00:00Z", "createSite", "refused", "'=1+1", "2"],
    ]


@pytest.mark.parametrize("path", ["usage", "usage.csv"])
@pytest.mark.parametrize(
    ("who", "status"), [("grace", 200), ("bob", 404), ("victor", 403), ("erin", 403), ("dave", 404)]
)
def test_who_may_not_see_a_key_does_not_see_its_usage(request, key, who, status, path):
    person: Person = request.getfixturevalue(who)
    assert person.browser.get(f"/keys/{key.pk}/{path}").status_code == status


def test_a_member_sees_the_usage_of_their_own_key(bob, make_key):
    make_key(bob, "getSites")
    own = ApiKey.objects.get()
    count(own, 0, 4)
    assert tables(shown(bob, own))[1][1][0] == "getSites"
    Membership.objects.filter(person=bob.user).update(role="viewer")
    assert shown(bob, own).status_code == 403


def test_a_deleted_key_has_no_page(alice, key):
    count(key, 0, 4)
    ApiKey.objects.filter(pk=key.pk).update(deleted_at=NOW)
    assert shown(alice, key).status_code == 404
