"""The log's page: filtered by actor, action, site and time, and paged so that every event is seen exactly once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.audit.views import PAGE_SIZE
from apps.sites.models import Site
from apps.sites.operations import create_site, update_site
from apps.sites.secrets import rotate_secret
from tests.audit.log import without_triggers, write_log
from tests.people import Person

_EVENT_LINK = re.compile(r'href="/log/(\d+)"')


def page(browser: Client, path: str = "/log/", **query: str) -> str:
    answer = browser.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def sequences(text: str) -> list[int]:
    return [int(number) for number in _EVENT_LINK.findall(text)]


def whole_log(browser: Client, **query: str) -> list[int]:
    """The numbers on every page, from the first to the one that has no next."""
    answer = browser.get("/log/", query)
    seen: list[int] = []
    for _ in range(50):
        seen += sequences(answer.content.decode())
        older = answer.context["older_url"]
        if not older:
            return seen
        answer = browser.get(older)
    raise AssertionError("the pages never end")


@pytest.fixture
def story(alice: Person, grace: Person, shop: Site, erin: Person) -> dict[str, Any]:
    """Three days of events: Alice's, Grace's, on two sites."""
    first = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    with clock.at(first):
        blog = create_site(alice.actor, name="Blog", allowed_origins=["https://blog.example"]).site
    with clock.at(first + timedelta(seconds=1)):
        update_site(grace.actor, site_key=blog.site_key, name="Journal")
    with clock.at(first + timedelta(days=1)):
        rotate_secret(grace.actor, site_key=shop.site_key)
    return {"blog": blog, "shop": shop}


def found(erin: Person, **query: str) -> list[str]:
    """What the filter shows, oldest first, each as action and target."""
    shown = AuditEvent.objects.of_account(erin.account.pk).filter(sequence__in=whole_log(erin.browser, **query))
    return [f"{event.action} {event.target_label}" for event in shown.order_by("sequence")]


def test_an_actor_is_found_by_a_part_of_their_address(erin: Person, story: dict[str, Any]) -> None:
    assert found(erin, actor="GRACE@") == ["site.updated Journal", "secret.rotated Shop"]


def test_an_actor_is_found_by_their_id(erin: Person, grace: Person, story: dict[str, Any]) -> None:
    assert found(erin, actor=str(grace.user.pk)) == ["site.updated Journal", "secret.rotated Shop"]


def test_an_action_is_found(erin: Person, story: dict[str, Any]) -> None:
    assert found(erin, action="site.created") == ["site.created Shop", "site.created Blog"]


def test_a_site_is_found_by_its_key_whatever_it_was_called(erin: Person, story: dict[str, Any]) -> None:
    assert found(erin, site=story["blog"].site_key) == ["site.created Blog", "site.updated Journal"]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-01", "2026-03-01", ["site.created Blog"]),
        ("2026-03-02", "2026-03-02", ["site.updated Journal", "secret.rotated Shop"]),
        ("", "2026-03-01", ["site.created Blog"]),
        ("2026-03-01", "2026-03-02", ["site.created Blog", "site.updated Journal", "secret.rotated Shop"]),
        ("2026-03-03", "2026-03-04", []),
        ("2026-03-02", "2026-03-01", []),
    ],
)
def test_a_day_reaches_from_midnight_to_midnight_utc(
    first: str, last: str, expected: list[str], erin: Person, story: dict[str, Any]
) -> None:
    assert found(erin, **{"from": first, "to": last}) == expected


def test_filters_narrow_each_other(erin: Person, story: dict[str, Any]) -> None:
    assert found(erin, actor="grace", site="Shop") == ["secret.rotated Shop"]
    assert found(erin, actor="alice", action="secret.rotated") == []


def test_only_refusals_are_shown_on_request(erin: Person, bob: Person, shop: Site) -> None:
    bob.browser.post(f"/sitekeys/{shop.site_key}/secrets/rotate")
    text = page(erin.browser, outcome="refused")
    assert len(sequences(text)) >= 1
    assert "rotateSecret needs its owner or an admin" in text
    assert found(erin, outcome="refused") == ["secret.rotated Shop"]


@pytest.mark.parametrize(
    "query",
    [{"action": "site.exploded"}, {"outcome": "maybe"}, {"from": "yesterday"}, {"to": "9999-12-31"}, {"cursor": "x"}],
    ids=str,
)
def test_a_filter_that_makes_no_sense_does_not_narrow(query: dict[str, str], erin: Person, shop: Site) -> None:
    browser = erin.browser
    assert sequences(page(browser, **query)) == sequences(page(browser))


@pytest.mark.parametrize("count", [0, 1, PAGE_SIZE, 3 * PAGE_SIZE + 7])
def test_the_pages_show_every_event_exactly_once_newest_first(count: int, erin: Person) -> None:
    write_log(count, erin.account.pk)
    browser = erin.browser
    expected = list(AuditEvent.objects.of_account(erin.account.pk).newest_first().values_list("sequence", flat=True))
    assert whole_log(browser) == expected


def test_the_pages_lead_back_as_they_lead_on(erin: Person) -> None:
    write_log(2 * PAGE_SIZE, erin.account.pk)
    browser = erin.browser
    first = browser.get("/log/")
    second = browser.get(first.context["older_url"])
    back = browser.get(second.context["newer_url"])
    assert sequences(back.content.decode()) == sequences(first.content.decode())
    assert (first.context["newer_url"], back.context["newer_url"]) == ("", "")


def test_events_that_come_in_while_somebody_pages_are_neither_doubled_nor_skip_others(erin: Person) -> None:
    write_log(2 * PAGE_SIZE, erin.account.pk)
    browser = erin.browser
    first = browser.get("/log/")
    shown = sequences(first.content.decode())
    write_log(10, erin.account.pk)
    second = sequences(browser.get(first.context["older_url"]).content.decode())
    assert second == list(range(shown[-1] - 1, shown[-1] - 1 - len(second), -1))


def test_a_page_keeps_the_filter(erin: Person, story: dict[str, Any]) -> None:
    write_log(PAGE_SIZE + 5, erin.account.pk)
    older = erin.browser.get("/log/", {"action": "site.updated"}).context["older_url"]
    assert "action=site.updated" in older
    assert set(whole_log(erin.browser, action="site.updated")) == set(
        AuditEvent.objects.of_account(erin.account.pk).filter(action="site.updated").values_list("sequence", flat=True)
    )


@pytest.mark.parametrize("path", ["/log/", "/log/?actor=gatehouse", "/log/?site=Site&from=2020-01-01", "/log/1"])
def test_500_events_cost_the_queries_of_20(path: str, erin: Person) -> None:
    browser = erin.browser

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(browser, path)
        return len(captured)

    write_log(20, erin.account.pk)
    queries()  # the first request of a session also writes that it is there
    few = queries()
    write_log(480, erin.account.pk)
    assert queries() == few
    assert few <= 8


def test_one_event_shows_what_changed_before_and_after(erin: Person, story: dict[str, Any]) -> None:
    event = AuditEvent.objects.get(account_id=erin.account.pk, action="site.updated")
    text = page(erin.browser, f"/log/{event.sequence}")
    assert re.search(r"<del[^>]*>\s*Blog\s*</del>", text)
    assert re.search(r"<ins[^>]*>\s*Journal\s*</ins>", text)
    assert event.hash_hex in text
    assert event.previous_hash_hex in text


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_an_event_that_is_not_there_is_not_found(number: str, erin: Person) -> None:
    assert erin.browser.get(f"/log/{number}").status_code == 404


def test_the_check_says_that_the_log_is_intact(erin: Person, shop: Site) -> None:
    assert "The log is intact." in page(erin.browser, "/log/check")


def test_the_check_names_the_event_at_which_the_log_breaks_and_vouches_for_none(erin: Person, shop: Site) -> None:
    with without_triggers():
        AuditEvent.objects.filter(account_id=erin.account.pk, sequence=3).update(target_label="Other")
    text = page(erin.browser, "/log/check")
    assert "The log is broken at event 3." in text
    assert "Event 3 is not as it was written." in text
    assert 'href="/log/2"' in text
    assert "intact" not in text.partition("<main")[2]


def test_htmx_gets_the_list_alone(erin: Person, shop: Site) -> None:
    answer = erin.browser.get("/log/", headers={"HX-Request": "true", "HX-Target": "events"})
    text = answer.content.decode()
    assert "<html" not in text
    assert sequences(text) == sequences(page(erin.browser))[1:]  # the second browser's sign-in is one more
