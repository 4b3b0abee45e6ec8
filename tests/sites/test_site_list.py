"""The list of sites: searched, filtered, sorted, paged, and never longer for a member than what is theirs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit import clock
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.dashboard.reading import read
from tests.sites.conftest import LIST

KEY = re.compile(r"/sitekeys/(sk_live_[0-9A-Za-z]{22})/$")


def listed(answer) -> list[str]:
    """The names of the listed sites, in order."""
    assert answer.status_code == 200
    keys = [match[1] for link in read(answer).links if (match := KEY.search(link))]
    names = {site.site_key: site.name for site in Site.objects.all()}
    return [names[key] for key in keys]


def walk(browser, address: str, label: str) -> tuple[list[list[str]], str]:
    """The names on every page from `address` on, following the pager's links of this relation, and the last address."""
    pages = []
    while True:
        answer = browser.get(address)
        pages.append(listed(answer))
        link = re.search(rf'href="([^"]+)"[^>]*rel="{label}"', answer.content.decode())
        if not link:
            return pages, address
        address = link[1].replace("&amp;", "&")


@pytest.fixture
def varied(alice):
    """Sixty sites with names that repeat, of different days."""
    now = clock.now()
    return Site.objects.bulk_create(
        Site(
            account=alice.account,
            name=f"{'Shop' if number % 3 else 'blog'} {number % 20:02}",
            allowed_origins=[f"https://s{number}.example"],
            created_at=now - timedelta(days=number % 7),
            updated_at=now - timedelta(hours=number % 5),
            is_active=number % 4 != 0,
        )
        for number in range(60)
    )


@pytest.mark.parametrize("sort", ["", "newest", "name", "changed", "nonsense"])
@pytest.mark.parametrize("state", ["", "active", "inactive"])
def test_every_site_is_on_exactly_one_page_in_every_order_and_back_again(alice, varied, sort, state):
    browser = alice.browser
    expected = sorted(site.name for site in varied if not state or site.is_active == (state == "active"))

    forwards, last = walk(browser, f"{LIST}?sort={sort}&state={state}", "next")
    backwards, _ = walk(browser, last, "prev")

    assert sorted(name for page in forwards for name in page) == expected
    assert backwards[::-1] == forwards


def test_the_newest_come_first_unless_another_order_is_asked_for(alice, make_sites):
    now = clock.now()
    for days, name in ((2, "b"), (1, "C"), (3, "a")):
        with clock.at(now - timedelta(days=days)):
            create_site(alice.actor, name=name, allowed_origins=["https://x.example"])

    assert listed(alice.browser.get(LIST)) == ["C", "b", "a"]
    assert listed(alice.browser.get(LIST, {"sort": "name"})) == ["a", "b", "C"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("shop", ["Shop"]),
        ("SHOP", ["Shop"]),
        ("  shop  ", ["Shop"]),
        ("blog.example", ["Blog & news"]),
        (":8443", ["Blog & news"]),
        ("& news", ["Blog & news"]),
        ("example", ["Blog & news", "Shop"]),
        ("100%", ["100% wool"]),
        ("%", ["100% wool"]),
        ("_", ["snake_case"]),
        ("\\", []),
        ("'", []),
        ('"', []),
        ("[", []),
        ("x" * 5000, []),
        ("nothing like it", []),
    ],
)
def test_a_search_looks_at_names_and_origins(alice, search, found):
    for name, origin in (
        ("Shop", "https://shop.example"),
        ("Blog & news", "https://blog.example:8443"),
        ("100% wool", "https://wool.test"),
        ("snake_case", "https://snake.test"),
    ):
        create_site(alice.actor, name=name, allowed_origins=[origin])

    assert sorted(listed(alice.browser.get(LIST, {"q": search}))) == found


@pytest.mark.parametrize("spell", [lambda s: s.site_key, lambda s: s.key.hex, lambda s: str(s.key)])
def test_a_search_takes_a_whole_site_key_in_any_spelling(alice, shop, make_sites, spell):
    make_sites(alice, 3)

    assert listed(alice.browser.get(LIST, {"q": spell(shop)})) == ["Shop"]


def test_a_search_goes_along_to_the_next_page_and_into_its_field(alice, make_sites):
    make_sites(alice, 40)
    create_site(alice.actor, name="Other", allowed_origins=["https://o.test"])

    pages, _ = walk(alice.browser, f"{LIST}?q=Site&sort=name&state=active", "next")

    assert [len(page) for page in pages] == [25, 15]
    assert "Other" not in [name for page in pages for name in page]
    assert read(alice.browser.get(LIST, {"q": 'a "b"'})).value("q") == 'a "b"'


@pytest.mark.parametrize("cursor", ["x", "é", "====", "W251bGxd", "A" * 5000, "WyJhIiwiYiIsImMiXQ"])
def test_a_bad_cursor_is_the_first_page(alice, make_sites, cursor):
    make_sites(alice, 30)

    assert len(listed(alice.browser.get(LIST, {"cursor": cursor}))) == 25


def test_a_cursor_of_another_order_does_no_harm(alice, make_sites):
    make_sites(alice, 30)
    answer = alice.browser.get(LIST, {"sort": "name"})
    (following,) = [link for link in read(answer).links if "cursor=" in link]

    assert len(listed(alice.browser.get(following.replace("sort=name", "sort=changed")))) <= 25


def test_five_hundred_sites_cost_as_many_queries_as_five(alice, make_sites):
    browser = alice.browser
    make_sites(alice, 5)
    with CaptureQueriesContext(connection) as few:
        assert len(listed(browser.get(LIST))) == 5
    make_sites(alice, 495)
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)

    assert len(many) <= len(few)


def test_a_member_sees_their_own_and_shared_sites(alice, bob, make_sites):
    make_sites(alice, 3)
    create_site(bob.actor, name="Bob's own", allowed_origins=["https://bob.example"])

    assert sorted(listed(bob.browser.get(LIST))) == ["Bob's own", "Shop"]
    assert listed(bob.browser.get(LIST, {"q": "Site 001"})) == []


@pytest.mark.parametrize("person", ["grace", "victor", "erin"])
def test_admins_viewers_and_auditors_see_every_site_of_the_account(request, alice, shop, person, dave):
    create_site(dave.actor, name="Dave's", allowed_origins=["https://dave.example"])

    assert listed(request.getfixturevalue(person).browser.get(LIST)) == ["Shop"]


def test_an_empty_list_says_what_to_do_to_whom_it_concerns(alice, victor):
    assert "No sites yet" in read(alice.browser.get(LIST)).text
    assert "/sitekeys/new" in read(alice.browser.get(LIST)).links
    assert "/sitekeys/new" not in read(victor.browser.get(LIST)).links


def test_a_search_without_result_offers_the_way_back(alice, shop):
    page = read(alice.browser.get(LIST, {"q": "nothing like it"}))

    assert "No site matches" in page.text
    assert LIST in page.links


def test_htmx_gets_the_rows_alone(alice, shop):
    answer = alice.browser.get(LIST, headers={"HX-Request": "true", "HX-Target": "site-list"})

    assert listed(answer) == ["Shop"]
    assert b"<html" not in answer.content
