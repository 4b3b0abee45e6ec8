"""The list of keys and the page of one: what is known of a key, to those who may know of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api_keys.models import ApiKey
from apps.audit import clock
from tests.api_keys.conftest import LIST, WHOAMI
from tests.dashboard.reading import read
from tests.people import Api


def key_named(name: str) -> ApiKey:
    return ApiKey.objects.get(name=name)


def test_a_row_shows_name_last_four_permissions_creator_use_and_end(alice, make_key):
    make_key(alice, "getSites", "createSite", name="CI pipeline")
    make_key(alice, "verify", name="Used", expires_in=timedelta(days=3))

    text = read(alice.browser.get(LIST)).text

    assert f"CI pipeline {key_named('CI pipeline').masked}" in text
    assert "2 permissions" in text
    assert "getSites" in text
    assert "by Alice" in text
    assert "Never" in text
    assert "Expires in 2 days" in text


def test_a_used_key_shows_when(alice, make_key):
    Api(make_key(alice)).get(WHOAMI)

    assert "just now" in read(alice.browser.get(LIST)).text


def test_an_expired_key_is_listed_as_such(alice, make_key):
    make_key(alice, name="Old", expires_in=timedelta(seconds=1))

    with clock.at(clock.now() + timedelta(seconds=2)):
        assert "Expired" in read(alice.browser.get(LIST)).text
        assert "every request with it is refused" in read(alice.browser.get(f"{LIST}{key_named('Old').pk}/")).text


@pytest.mark.parametrize("search", ["pipe", "PIPE", "  pipe ", "last four"])
def test_a_search_looks_at_names_and_last_four(alice, make_key, search):
    token = make_key(alice, name="CI pipeline")
    make_key(alice, name="Other")
    search = token[-4:] if search == "last four" else search

    text = read(alice.browser.get(LIST, {"q": search})).text

    assert "CI pipeline" in text
    assert "Other nct_" not in text


def test_sixty_keys_are_two_pages_and_each_is_on_one(alice, make_key):
    for number in range(60):
        make_key(alice, "getSites", name=f"Key {number:02}")
    browser = alice.browser
    first = browser.get(LIST)
    (following,) = [link for link in read(first).links if "cursor=" in link]

    second = browser.get(following)

    shown = [
        f"Key {number:02}"
        for answer in (first, second)
        for number in range(60)
        if f"Key {number:02}".encode() in answer.content
    ]
    assert len(shown) == len(set(shown)) == 60


def test_fifty_keys_cost_as_many_queries_as_five(alice, make_key):
    browser = alice.browser
    for _ in range(5):
        make_key(alice, "getSites")
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
    for _ in range(45):
        make_key(alice, "getSites")
    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)

    assert len(many) <= len(few)


def test_a_member_sees_their_own_keys_and_an_admin_everybodys(alice, bob, grace, make_key):
    make_key(alice, name="Alice's")
    make_key(bob, name="Bob's")

    assert "Alice&#x27;s" not in bob.browser.get(LIST).content.decode()
    assert "Bob&#x27;s" in bob.browser.get(LIST).content.decode()
    for name in ("Alice&#x27;s", "Bob&#x27;s"):
        assert name in grace.browser.get(LIST).content.decode()


@pytest.mark.parametrize("page", ["", "delete"])
def test_anothers_key_is_as_one_that_does_not_exist(alice, bob, dave, make_key, page):
    make_key(alice, name="Private")
    foreign = f"{LIST}{key_named('Private').pk}/{page}"
    missing = f"{LIST}00000000-0000-4000-8000-000000000000/{page}"

    def without_id(answer):
        return answer.content.decode().replace(answer["X-Request-ID"], "")

    for person in (bob, dave):
        there, nowhere = person.browser.get(foreign), person.browser.get(missing)
        assert there.status_code == nowhere.status_code == 404
        assert without_id(there) == without_id(nowhere)


@pytest.mark.parametrize("person", ["victor", "erin"])
def test_who_may_not_see_keys_sees_none(request, person, alice, make_key):
    make_key(alice, name="Alice's")
    browser = request.getfixturevalue(person).browser

    answer = browser.get(LIST)

    assert answer.status_code == 403
    assert "getApiKeys" in read(answer).text
    assert LIST not in read(browser.get("/sitekeys/")).links


def test_the_page_of_a_key_says_what_it_may_do_and_what_that_reaches(alice, make_key):
    make_key(alice, "createApiKey", "getApiKeys", "getSites", name="Maker")

    text = read(alice.browser.get(f"{LIST}{key_named('Maker').pk}/")).text

    assert "3 permissions" in text
    assert "which go on when this one is deleted" in text
    assert "alice@people.example" in text
