"""The pages of a key's life: rotate, stop earlier tokens, disable, enable; who may, and what each shows."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Membership
from apps.api_keys import life
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credentials.overlap import OVERLAPS
from tests.api_keys.conftest import LIST, WHOAMI, tokens_in
from tests.dashboard.reading import read
from tests.people import Api

WHO_MAY_ROTATE = "Only the creator of a key or an owner of the account can rotate it"


@pytest.fixture
def made(alice) -> Any:
    """A key of Alice's with its token."""
    end = clock.now() + timedelta(days=40)
    return create_key(alice.actor, name="Deploy", permissions=["getSites"], expires_at=end)


def page_of(key: ApiKey, step: str = "") -> str:
    return f"{LIST}{key.pk}/{step}"


def status(token: str, *, later: timedelta = timedelta(0)) -> int:
    with clock.at(clock.now() + later):
        return int(Api(token).get(WHOAMI).status_code)


def test_rotating_shows_the_new_token_once_and_stops_the_earlier_at_once(alice, made):
    browser, earlier = alice.browser, made.token.reveal()

    answer = browser.post(page_of(made.key, "rotate"), {"overlap": "0"})

    (token,) = tokens_in(answer)
    assert token != earlier
    assert "no-store" in answer["Cache-Control"]
    assert "Every earlier token of the key has stopped." in read(answer).text
    assert (status(token), status(earlier)) == (200, 401)
    assert not tokens_in(browser.get(page_of(made.key)))


@pytest.mark.parametrize(("overlap", "span"), [("1h", 1), ("24h", 24), ("7d", 168)])
def test_an_overlap_keeps_the_earlier_token_for_that_long(alice, made, overlap, span):
    answer = alice.browser.post(page_of(made.key, "rotate"), {"overlap": overlap})

    (token,) = tokens_in(answer)
    assert "never beyond the end that they had" in read(answer).text
    hours = timedelta(hours=span)
    assert status(made.token.reveal(), later=hours - timedelta(minutes=1)) == 200
    assert status(made.token.reveal(), later=hours) == 401
    assert status(token, later=hours) == 200


def test_every_overlap_is_explained_and_the_shortest_chosen(alice, made):
    page = read(alice.browser.get(page_of(made.key, "rotate")))

    assert page.fields["overlap"] == ["0", "1h", "24h", "7d"]
    assert page.checked["overlap"] == ["0"]
    assert "when a token has leaked" in page.text
    assert "Never beyond the key's own end" in page.text


def test_another_overlap_rotates_nothing(alice, made):
    answer = alice.browser.post(page_of(made.key, "rotate"), {"overlap": "365d"})

    assert answer.status_code == 422
    assert status(made.token.reveal()) == 200


def test_reloading_the_answer_rotates_once(alice, made):
    browser = alice.browser
    once = read(browser.get(page_of(made.key, "rotate"))).fields["once"][0]
    form = {"overlap": "0", "once": once}
    (token,) = tokens_in(browser.post(page_of(made.key, "rotate"), form))

    again = browser.post(page_of(made.key, "rotate"), form, follow=True)

    assert not tokens_in(again)
    assert "This form was sent already" in read(again).text
    assert status(token) == 200


def test_rotating_wants_a_fresh_confirmation(alice, made, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1

    answer = alice.browser.get(page_of(made.key, "rotate"))

    assert answer.status_code == 302
    assert "/reauthenticate/" in answer["Location"]


def test_who_is_neither_creator_nor_owner_is_told_why_they_cannot_rotate(grace, made):
    browser = grace.browser

    page = read(browser.get(page_of(made.key)))
    answer = browser.post(page_of(made.key, "rotate"), {"overlap": "0"})

    assert WHO_MAY_ROTATE in page.text
    assert page_of(made.key, "rotate") not in page.links
    assert page_of(made.key, "edit") in page.links
    assert answer.status_code == 403
    assert WHO_MAY_ROTATE in read(answer).text
    assert status(made.token.reveal()) == 200


def test_an_owner_and_the_creator_may_rotate(alice, bob):
    key = create_key(bob.actor, name="Bob's", permissions=["getSites"], expires_at=None).key

    for person in (alice, bob):
        assert page_of(key, "rotate") in read(person.browser.get(page_of(key))).links
        assert tokens_in(person.browser.post(page_of(key, "rotate")))


@pytest.mark.parametrize(("end", "says"), [("disable", "is disabled; enable it first"), ("expire", "has expired")])
def test_a_key_that_does_not_work_is_not_rotated(alice, made, end, says):
    if end == "disable":
        life.disable_keys(alice.actor, key_ids=[made.key.pk])
    else:
        ApiKey.objects.update(expires_at=clock.now())

    answer = alice.browser.post(page_of(made.key, "rotate"), {"overlap": "0"}, follow=True)

    assert says in read(answer).text
    assert not tokens_in(answer)
    assert page_of(made.key, "rotate") not in read(alice.browser.get(page_of(made.key))).links


def test_each_token_has_its_own_last_use_and_end(alice, made):
    life.rotate_key(alice.actor, key_id=made.key.pk, overlap=OVERLAPS["24h"])
    Api(made.token.reveal()).get(WHOAMI)

    answer = alice.browser.get(page_of(made.key))

    newest, earlier = answer.context["portrait"].tokens
    text = read(answer).text
    assert (newest.last_used_at, newest.expires_at) == (None, None)
    assert earlier.last_used_at is not None
    assert f"{newest.masked} Newest" in text
    assert "Ends in 23 hours" in text


def test_the_earlier_token_is_stopped_after_a_question_that_names_it(alice, made):
    rotated = life.rotate_key(alice.actor, key_id=made.key.pk, overlap=OVERLAPS["7d"])
    browser, path = alice.browser, page_of(made.key, "end-earlier-tokens")

    asked = read(browser.get(path))
    assert f"nct_…{made.token.last_four}" in asked.text
    assert status(made.token.reveal()) == 200

    told = read(browser.post(path, follow=True))
    assert f"Only {rotated.key.masked}" in told.text
    assert "Stop the earlier token" not in told.text
    assert (status(made.token.reveal()), status(rotated.token.reveal())) == (401, 200)


def test_there_may_be_no_earlier_token_to_stop(alice, made):
    browser, path = alice.browser, page_of(made.key, "end-earlier-tokens")

    assert "There is nothing to stop" in read(browser.get(path)).text
    assert "No earlier token of this key works any more" in read(browser.post(path, follow=True)).text


def test_disabling_is_one_click_and_so_is_undoing_it(alice, made):
    browser, token = alice.browser, made.token.reveal()

    off = read(browser.post(page_of(made.key, "disable"), follow=True))
    assert "This key is disabled." in off.text
    assert "Enable again" in off.text
    assert status(token) == 401

    on = read(browser.post(page_of(made.key, "enable"), follow=True))
    assert "It works again as it did" in on.text
    assert "This key is disabled" not in on.text
    assert status(token) == 200
    actions = AuditEvent.objects.filter(target_id=made.key.pk, action__in=["key.disabled", "key.enabled"])
    assert [event.action for event in actions.order_by("sequence")] == ["key.disabled", "key.enabled"]


@pytest.mark.parametrize("step", ["disable", "enable"])
def test_no_link_disables_or_enables(alice, made, step):
    assert alice.browser.get(page_of(made.key, step)).status_code == 405


def test_a_page_says_where_a_key_reaches_and_from_where(alice, shop, bob):
    key = create_key(
        bob.actor,
        name="Limited",
        permissions=["getSites", "createSite"],
        expires_at=None,
        site_keys=[shop.site_key],
        networks=["198.51.100.0/24"],
    ).key
    page = read(bob.browser.get(page_of(key)))

    assert f"/sitekeys/{shop.site_key}/" in page.links
    assert "198.51.100.0/24" in page.text
    assert "Not usable from here: you are at 127.0.0.1" in page.text
    assert "createSite cannot be used now. This API key reaches selected sites only" in page.text


def test_a_site_that_the_reader_no_longer_sees_is_counted_and_not_named(alice, shop, bob):
    key = create_key(
        bob.actor, name="Limited", permissions=["getSites"], expires_at=None, site_keys=[shop.site_key]
    ).key
    shop.shares.filter(person=bob.user).delete()

    text = read(bob.browser.get(page_of(key))).text

    assert "1 that is not listed here" in text
    assert "Shop" not in text


def test_a_key_whose_creator_left_says_that_it_stopped(alice, grace):
    key = create_key(grace.actor, name="Grace's", permissions=["getSites"], expires_at=None).key
    Membership.objects.filter(person=grace.user).delete()

    assert "its creator left the account" in read(alice.browser.get(page_of(key))).text


def test_what_the_account_has_switched_off_is_marked_on_the_page(alice, made):
    alice.account.groups_off = ["Sites"]
    alice.account.save()

    text = read(alice.browser.get(page_of(made.key))).text

    assert "getSites cannot be used now. Sites is switched off for this account" in text
