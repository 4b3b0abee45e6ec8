"""The list of keys at scale: filters, orders and pages, all in its address, at a fixed number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.api_keys import life
from apps.api_keys.life import delete_key
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.sites.operations import create_site
from tests.api_keys.conftest import LIST
from tests.dashboard.reading import read

HTMX = {"HX-Request": "true", "HX-Target": "keys"}


def shown(answer: Any) -> list[str]:
    """The names of the keys in a list, in its order."""
    return [key.name for key, *_ in answer.context["rows"]]


def make(person: Any, name: str, *permissions: str, **given: Any) -> ApiKey:
    end = clock.now() + given.pop("ends_in") if "ends_in" in given else None
    return create_key(person.actor, name=name, permissions=permissions or ["verify"], expires_at=end, **given).key


def aged(key: ApiKey, **times: timedelta) -> ApiKey:
    """The key as if these times lay so far back."""
    ApiKey.objects.filter(pk=key.pk).update(**{field: clock.now() - span for field, span in times.items()})
    return key


@pytest.fixture
def every_state(alice):
    """A key in each state, named after it."""
    month = timedelta(days=30)
    aged(make(alice, "in use"), last_used_at=timedelta(minutes=1))
    aged(make(alice, "soon", ends_in=timedelta(days=13)), last_used_at=timedelta(days=1))
    make(alice, "fresh")
    aged(make(alice, "idle"), last_used_at=4 * month, created_at=5 * month)
    aged(make(alice, "forgotten"), created_at=4 * month)
    aged(make(alice, "over", ends_in=month), expires_at=timedelta(days=1), last_used_at=timedelta(days=2))
    off = aged(make(alice, "off", ends_in=timedelta(days=13)), last_used_at=timedelta(days=2))
    life.disable_keys(alice.actor, key_ids=[off.pk])
    delete_key(alice.actor, key_id=make(alice, "gone").pk)


def test_a_key_whose_creator_left_is_not_active_and_is_found_as_stopped(alice, carol):
    make(alice, "stays")
    make(carol, "left", ends_in=timedelta(days=13))
    Membership.objects.filter(person=carol.user).delete()

    for state, names in (("active", ["stays"]), ("expires-soon", []), ("stopped", ["left"])):
        assert shown(alice.browser.get(LIST, {"state": state})) == names


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("", {"in use", "soon", "fresh", "idle", "forgotten", "over", "off"}),
        ("active", {"in use", "soon", "fresh", "idle", "forgotten"}),
        ("expires-soon", {"soon"}),
        ("never-used", {"fresh", "forgotten"}),
        ("unused", {"idle", "forgotten"}),
        ("expired", {"over"}),
        ("disabled", {"off"}),
        ("nonsense", {"in use", "soon", "fresh", "idle", "forgotten", "over", "off"}),
    ],
)
def test_a_state_shows_the_keys_that_are_in_it(alice, every_state, state, names):
    assert set(shown(alice.browser.get(LIST, {"state": state}))) == names


EMPTY = {
    "active": "No active key",
    "expires-soon": "No key expires soon",
    "never-used": "Every key was used",
    "unused": "No key lies idle",
    "expired": "No expired key",
    "disabled": "No disabled key",
}


@pytest.mark.parametrize(("state", "title"), EMPTY.items())
def test_an_empty_state_says_so_in_words_of_its_own(alice, state, title):
    only = aged(make(alice, "Only"), last_used_at=timedelta(days=1))
    if state == "active":
        life.disable_keys(alice.actor, key_ids=[only.pk])

    page = read(alice.browser.get(LIST, {"state": state}))

    assert title in page.text
    assert "Show all keys" in page.text


def test_permission_site_creator_and_search_narrow_together(alice, grace, shop):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"]).site
    make(alice, "Shop reader", "getSites", site_keys=[shop.site_key])
    make(alice, "Other reader", "getSites", site_keys=[other.site_key])
    make(alice, "Everywhere", "getSite")
    make(grace, "Grace's", "getSites", "getSite")
    browser = alice.browser

    def found(**query: Any) -> set[str]:
        return set(shown(browser.get(LIST, query)))

    assert found(permission="getSites") == {"Shop reader", "Other reader", "Grace's"}
    assert found(permission="getSite") == {"Everywhere", "Grace's"}
    assert found(site=shop.site_key) == {"Shop reader", "Everywhere", "Grace's"}
    assert found(site="pk_" + shop.site_key.removeprefix("sk_live_")) == {"Shop reader", "Everywhere", "Grace's"}
    assert found(creator=grace.user.pk) == {"Grace's"}
    assert found(permission="getSites", site=shop.site_key, creator=alice.user.pk) == {"Shop reader"}
    assert found(permission="getSites", q="read") == {"Shop reader", "Other reader"}
    assert found(site=shop.site_key, q="nothing") == set()


@pytest.mark.parametrize(
    "query", [{"creator": "x"}, {"creator": "9" * 30}, {"permission": "becomeRoot"}, {"site": "nothing"}]
)
def test_what_cannot_be_read_in_the_address_counts_as_not_asked(alice, query):
    make(alice, "Key")

    assert shown(alice.browser.get(LIST, query)) == ["Key"]


def test_a_site_of_somebody_else_shows_no_keys(alice, dave, shop):
    make(dave, "Dave's")

    assert shown(dave.browser.get(LIST, {"site": shop.site_key})) == []


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["third", "Second", "first"]),
        ("name", ["first", "Second", "third"]),
        ("used", ["first", "third", "Second"]),
        ("expires", ["third", "first", "Second"]),
    ],
)
def test_each_order_puts_what_has_no_time_last(alice, sort, names):
    day = timedelta(days=1)
    aged(make(alice, "first", ends_in=9 * day), last_used_at=day, created_at=3 * day)
    aged(make(alice, "Second"), created_at=2 * day)
    aged(make(alice, "third", ends_in=day), last_used_at=2 * day, created_at=day)

    assert shown(alice.browser.get(LIST, {"sort": sort})) == names


@pytest.mark.parametrize("sort", ["newest", "name", "used", "expires"])
def test_every_key_is_on_exactly_one_page_in_every_order(alice, sort):
    moment = clock.now()
    ApiKey.objects.bulk_create(
        ApiKey(
            account=alice.account,
            name=f"Key {number % 7}",
            last_four=f"{number:04}",
            permissions=["verify"],
            created_by=alice.user,
            last_used_at=moment - timedelta(hours=number) if number % 3 else None,
            expires_at=moment + timedelta(days=number) if number % 2 else None,
        )
        for number in range(120)
    )
    browser, url, seen = alice.browser, f"{LIST}?sort={sort}", []
    while url:
        answer = browser.get(url)
        seen.append([key.last_four for key, *_ in answer.context["rows"]])
        url = answer.context["next_url"]

    assert list(map(len, seen)) == [50, 50, 20]
    assert {four for page in seen for four in page} == {f"{number:04}" for number in range(120)}
    assert [key.last_four for key, *_ in browser.get(answer.context["previous_url"]).context["rows"]] == seen[1]


def test_the_links_of_the_pages_keep_what_was_asked(alice):
    ApiKey.objects.bulk_create(
        ApiKey(account=alice.account, name="Job", last_four="abcd", permissions=["verify"], created_by=alice.user)
        for _ in range(60)
    )

    answer = alice.browser.get(LIST, {"q": "job", "state": "active", "sort": "name", "permission": "verify"})

    assert "q=job&state=active&permission=verify&sort=name&cursor=" in answer.context["next_url"]


def test_five_hundred_keys_cost_as_many_queries_as_five(alice, grace, shop):
    def add(count: int) -> None:
        keys = ApiKey.objects.bulk_create(
            ApiKey(
                account=alice.account,
                name="Job",
                last_four="abcd",
                permissions=["verify"],
                created_by=grace.user if number % 2 else alice.user,
                reaches_all_sites=False,
            )
            for number in range(count)
        )
        ApiKeyToken.objects.bulk_create(
            ApiKeyToken(key=key, digest=key.pk.bytes * 2, pepper=1, last_four="abcd") for key in keys
        )
        key_site = ApiKey.sites.through
        key_site.objects.bulk_create(key_site(key=key, site=shop) for key in keys)

    browser = alice.browser
    counts = []
    for more in (5, 495):
        add(more)
        browser.get(LIST)  # the first page of a session notes that its person was seen
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(LIST, {"q": "job", "state": "active", "site": shop.site_key, "sort": "used"})
        counts.append(len(queries))
        assert len(shown(answer)) == min(more, 50)
    assert counts[0] == counts[1] <= 14


def test_htmx_gets_the_list_alone_and_an_address_without_what_is_empty(alice):
    make(alice, "Key")

    answer = alice.browser.get(LIST, {"q": "key", "state": "", "sort": "newest"}, headers=HTMX)

    assert answer["HX-Push-Url"] == f"{LIST}?q=key"
    assert b"<html" not in answer.content
    assert "1 key shown" in read(answer).text


def test_a_member_is_not_offered_creators(alice, bob):
    make(bob, "Bob's")

    assert "By anybody" not in read(bob.browser.get(LIST)).text
    assert "By anybody" in read(alice.browser.get(LIST)).text


def test_a_row_says_how_far_the_key_reaches(alice, shop):
    make(alice, "Everywhere")
    make(alice, "Shop only", site_keys=[shop.site_key], networks=["203.0.113.0/24", "2001:db8::/32"])

    text = read(alice.browser.get(LIST)).text

    assert "All sites" in text
    assert "1 site 2 networks" in text


def test_a_row_says_when_its_creator_has_left(alice, grace):
    make(alice, "Alice's")
    make(grace, "Grace's")
    browser = alice.browser
    assert "creator left" not in read(browser.get(LIST)).text

    Membership.objects.filter(person=grace.user).delete()

    assert read(browser.get(LIST)).text.count("Stopped: creator left") == 1
