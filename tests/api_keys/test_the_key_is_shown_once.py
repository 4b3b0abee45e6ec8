"""A key stands in the answer to the POST that made it, with calls that work as pasted, and nowhere after that."""

import re
import shlex

import pytest

from apps.api_keys.models import ApiKey
from tests.api_keys.conftest import LIST, NEW, WHOAMI, tokens_in
from tests.dashboard.reading import read
from tests.people import Api


@pytest.fixture
def created(alice, filled):
    browser = alice.browser
    answer = browser.post(NEW, filled)
    return browser, answer, ApiKey.objects.get()


def test_creating_a_key_shows_it_and_what_it_may_do(created):
    _, answer, key = created

    (token,) = tokens_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "You will not see this again." in read(answer).text
    assert "CI pipeline" in read(answer).text
    assert key.last_four == token[-4:]


def test_the_shown_key_works_at_once_with_just_what_was_chosen(created):
    _, answer, _ = created
    (token,) = tokens_in(answer)

    assert Api(token).get(WHOAMI).json()["permissions"] == ["getSites", "createSite"]


def test_the_curl_lines_work_as_pasted(created, client):
    _, answer, _ = created

    lines = re.findall(r'curl "[^"]+" \\ -H "[^"]+"', read(answer).text)

    assert len(lines) == 2, "whoami, and the list of sites that this key may read"
    for line in lines:
        _, address, _, header = [word for word in shlex.split(line) if word.strip()]
        name, _, value = header.partition(": ")
        called = client.get(address.removeprefix("http://testserver"), headers={name: value})
        assert called.status_code == 200, line


def test_no_list_is_offered_to_a_key_that_may_not_list(alice, filled):
    answer = alice.browser.post(NEW, filled | {"permissions": ["verify"]})

    assert "/api/v1/sites?" not in read(answer).text


def test_no_later_page_shows_it(created):
    browser, _, key = created

    for address in (
        LIST,
        f"{LIST}?q=CI",
        f"{LIST}{key.pk}/",
        f"{LIST}{key.pk}/delete",
        NEW,
        "/",
        "/log/",
        "/reference/",
    ):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert not tokens_in(answer), address
    assert key.masked in read(browser.get(LIST)).text


def test_reloading_the_answer_makes_no_second_key(alice, filled):
    browser = alice.browser
    once = read(browser.get(NEW)).fields["once"][0]
    assert tokens_in(browser.post(NEW, filled | {"once": once}))

    again = browser.post(NEW, filled | {"once": once}, follow=True)

    assert ApiKey.objects.count() == 1
    assert not tokens_in(again)
    assert "This form was sent already" in read(again).text
