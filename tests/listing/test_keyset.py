"""Keyset pages: every row exactly once, in both directions, at one query a page, whatever cursor is sent."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEvent
from apps.listing.keyset import BY_NAME, LAST_CHANGED_FIRST, LAST_IN_CHAIN_FIRST, NEWEST_FIRST, page_of
from apps.sites.models import Site

SIZE = 7
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = {"newest": NEWEST_FIRST, "name": BY_NAME, "changed": LAST_CHANGED_FIRST}
every_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)


@pytest.fixture
def rows(alice):
    """Thirty sites; many share a name, a time, or both, so that only the id tells them apart."""
    names = ["Shop", "shop", "Ärger", "Zebra", "zebra", "日本", "a", "Shop"]
    Site.objects.bulk_create(
        Site(
            account=alice.account,
            name=names[number % len(names)],
            allowed_origins=["https://x.example"],
            created_at=MOMENT + timedelta(seconds=number // 10),
            updated_at=MOMENT - timedelta(microseconds=number % 3),
        )
        for number in range(30)
    )
    return Site.objects.all()


def forwards(rows, order, size=SIZE):
    """All pages from the first, as lists of ids."""
    pages, cursor = [], ""
    while True:
        page = page_of(rows, order, cursor=cursor, size=size)
        pages.append([row.pk for row in page.rows])
        if page.next_cursor is None:
            return pages, page
        cursor = page.next_cursor


@every_order
def test_every_row_is_on_exactly_one_page(rows, order):
    pages, _ = forwards(rows, order)

    seen = [pk for page in pages for pk in page]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    assert sorted(seen) == sorted(rows.values_list("pk", flat=True))


@every_order
def test_going_back_shows_the_same_pages(rows, order):
    pages, page = forwards(rows, order)
    back = [[row.pk for row in page.rows]]
    while page.previous_cursor:
        page = page_of(rows, order, cursor=page.previous_cursor, size=SIZE)
        back.append([row.pk for row in page.rows])

    assert back[::-1] == pages


@pytest.mark.parametrize("size", [1, 29, 30, 31])
def test_the_last_page_has_no_next_and_the_first_no_previous(rows, size):
    pages, last = forwards(rows, NEWEST_FIRST, size)
    first = page_of(rows, NEWEST_FIRST, cursor="", size=size)

    assert sum(map(len, pages)) == 30
    assert first.previous_cursor is None
    assert last.next_cursor is None
    assert (first.next_cursor is None) == (size >= 30)


def test_a_page_is_in_the_order_that_was_asked_for(rows):
    newest, _ = forwards(rows, NEWEST_FIRST)
    times = [Site.objects.get(pk=pk).created_at for page in newest for pk in page]

    assert times == sorted(times, reverse=True)


def test_names_are_sorted_whatever_their_case(rows):
    pages, _ = forwards(rows, BY_NAME)
    names = [Site.objects.get(pk=pk).name.lower() for page in pages for pk in page]

    assert names == sorted(names)


def test_a_row_that_comes_or_goes_between_two_pages_moves_no_other(rows, alice):
    first = page_of(rows, NEWEST_FIRST, cursor="", size=SIZE)
    expected = page_of(rows, NEWEST_FIRST, cursor=first.next_cursor or "", size=SIZE).rows
    Site.objects.filter(pk__in=[row.pk for row in first.rows[:3]]).delete()
    Site.objects.create(account=alice.account, name="new", allowed_origins=["https://x.example"])

    assert page_of(rows, NEWEST_FIRST, cursor=first.next_cursor or "", size=SIZE).rows == expected


def test_the_row_that_a_cursor_names_may_be_gone(rows):
    first = page_of(rows, NEWEST_FIRST, cursor="", size=SIZE)
    expected = page_of(rows, NEWEST_FIRST, cursor=first.next_cursor or "", size=SIZE).rows
    Site.objects.get(pk=first.rows[-1].pk).delete()

    assert page_of(rows, NEWEST_FIRST, cursor=first.next_cursor or "", size=SIZE).rows == expected


@every_order
def test_a_page_costs_one_query_at_any_depth(rows, order, django_assert_num_queries):
    cursor = ""
    for _ in range(4):
        with django_assert_num_queries(1):
            page = page_of(rows, order, cursor=cursor, size=SIZE)
        cursor = page.next_cursor or ""


def test_no_rows_are_one_empty_page(alice):
    page = page_of(Site.objects.all(), BY_NAME, cursor="", size=SIZE)

    assert (page.rows, page.previous_cursor, page.next_cursor) == ([], None, None)


def written(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


STRANGE = [
    "x",
    "%%%",
    "é",
    "\0",
    "=" * 50,
    "A" * 100_000,
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    base64.urlsafe_b64encode(b"[" * 5000).decode(),
    written(),
    written(1, 2, 3),
    written(False, None, "1"),
    written(False, "x", None),
    written(False, "x", "x"),
    written(False, "a\0b", "1"),
    written(False, "\ud800", "1"),
    written(False, "x", "9" * 30),
    written(False, "x", "-9999999999999999999"),
    written(True, "x", "1\0"),
    written(False, "2026-01-01T00:00:00", "1"),
    written(False, "2026-01-01", "1"),
    written(False, "0001-01-01T00:00:00+14:00", "1"),
    written(True, "9999-12-31T23:59:59-14:00", "1"),
    written(False, "0001-01-01T00:00:00Z", "1"),
    written(False, "9999-12-31T23:59:59Z", "1"),
    written(False, "not a time", "1"),
    written(False, 1e308, "1"),
    written(False, 10**30, "1"),
    written(False, -(10**18), "1"),
    written(False, True, "1"),
    written(False, "x" * 50_000, "1"),
    written(False, {"$gt": ""}, "1"),
    written("false", "x", "1"),
]


@pytest.mark.parametrize("order", [*ORDERS.values(), LAST_IN_CHAIN_FIRST], ids=[*ORDERS, "chain"])
@pytest.mark.parametrize("cursor", STRANGE, ids=lambda cursor: cursor[:24])
def test_no_cursor_does_any_harm(rows, order, cursor):
    found = AuditEvent.objects.all() if order is LAST_IN_CHAIN_FIRST else rows

    page = page_of(found, order, cursor=cursor, size=SIZE)

    assert len(page.rows) <= SIZE


@given(cursor=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_generated_cursor_does_any_harm(rows, cursor):
    assert len(page_of(rows, NEWEST_FIRST, cursor=cursor, size=SIZE).rows) <= SIZE
