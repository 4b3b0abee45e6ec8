"""The matrix of the pages: every principal on every address, with own, shared, foreign and missing things."""

import html
from functools import partial
from typing import Any

import pytest
from django.test import Client

from apps.permissions.models import ShareLevel
from apps.sites.sharing import share_site
from tests.authorization.expectations import PAGES
from tests.authorization.open_addresses import OPEN, Open
from tests.authorization.rows import PRINCIPALS, Row, address_of
from tests.authorization.world import (
    MISSING,
    World,
    anonymised,
    expected_of,
    is_api,
    new_events,
    parameters,
    send,
    undone,
)

pytestmark = pytest.mark.django_db

SIGNED_OUT = ("anonymous", "deactivated", "unverified")
OBJECTS = {
    key: row for key, row in PAGES.items() if set(parameters(address_of(key)[0])) & {"site_key", "key_id", "task_id"}
}
TEAM = {
    key: row
    for key, row in PAGES.items()
    if set(parameters(address_of(key)[0])) & {"person_id", "invitation_id", "organization_id"}
}
IN_OWN_ACCOUNT = {"restore_site POST"}
"""About a site, but only for those who belong to its account: of a deleted one there are no guests."""
GUEST_PAGES = [key for key in OBJECTS if "site_key" in parameters(address_of(key)[0]) and key not in IN_OWN_ACCOUNT]
POSTS = [key for key in (*PAGES, *OPEN) if key.endswith(" POST") and not is_api(key)]


def outcome(row: Row, answer: Any, events: list[Any]) -> tuple[int, list[tuple[str, str]]]:
    """What happened, in the words of `expected_of`; a refusal only counts when page and log give its reason."""
    told = []
    for event in events:
        if event.outcome == "refused":
            explained = row.missing in event.reason or (row.otherwise and row.otherwise in event.reason)
            permission = row.missing if explained else "unexplained"
            told.append(("refused", permission if html.escape(event.reason) in answer.content.decode() else "untold"))
        else:
            told.append(("done", event.action))
    return answer.status_code, told


@pytest.mark.parametrize("key", PAGES)
def test_every_role_gets_what_the_table_says(key: str, world: World) -> None:
    row, seen = PAGES[key], {}
    for principal in PRINCIPALS:
        with undone():
            browser = world.browser(principal)
            answer, events = new_events(partial(send, world, browser, key, row))
            seen[principal] = outcome(row, answer, events)
            person = world.people[principal]
            settled = [event for event in events if event.action == "credits.charged"]  # by the product itself
            assert {event.actor_label for event in events if event not in settled} <= {person.user.email}
            assert {event.account_id for event in events} <= {person.account.pk}
    assert seen == {principal: expected_of(row, principal) for principal in PRINCIPALS}


@pytest.mark.parametrize("principal", SIGNED_OUT)
def test_who_is_not_signed_in_is_sent_to_sign_in(principal: str, world: World) -> None:
    for key, row in PAGES.items():
        with undone():
            answer, events = new_events(partial(send, world, world.browser(principal), key, row))
        assert (answer.status_code, events) == (302, []), key
        assert answer["Location"].startswith("/accounts/login/?next=/"), key


@pytest.mark.parametrize("key", PAGES)
def test_who_belongs_to_no_account_is_told_so(key: str, world: World) -> None:
    with undone():
        answer, events = new_events(lambda: send(world, world.browser("accountless"), key, PAGES[key]))
    status = (
        404 if "site_key" in parameters(address_of(key)[0]) and key not in IN_OWN_ACCOUNT else PAGES[key].accountless
    )
    assert (answer.status_code, events) == (status, [])
    if status == 403:
        assert "nobody@people.example" in answer.content.decode()


@pytest.mark.parametrize("key", GUEST_PAGES)
@pytest.mark.parametrize(("level", "member"), [(ShareLevel.WRITE, "writer"), (ShareLevel.READ, "reader")])
def test_a_guest_gets_what_a_member_with_the_same_share_gets(level, member, key: str, world: World) -> None:
    """Somebody of another account, and somebody of none."""
    row, owner, seen = PAGES[key], world.people["owner"], {}
    for guest, email in (("outsider", "outsider@people.example"), ("accountless", "nobody@people.example")):
        with undone():
            share_site(owner.actor, site_key=world.things["shared"]["site_key"], email=email, level=level)
            answer, events = new_events(partial(send, world, world.browser(guest), key, row))
            seen[guest] = outcome(row, answer, events)
            assert {(event.actor_label, event.account_id) for event in events} <= {(email, owner.account.pk)}
    assert seen == dict.fromkeys(seen, expected_of(row, member))


@pytest.mark.parametrize("key", OBJECTS)
def test_a_maker_gets_what_the_table_says_of_their_own(key: str, world: World) -> None:
    row, seen = PAGES[key], {}
    for principal in ("owner", "admin", "reader"):
        with undone():
            seen[principal] = send(world, world.browser(principal), key, row, principal).status_code
    allowed = row.own.split()
    assert seen == {principal: row.success if principal in allowed else 403 for principal in seen}


@pytest.mark.parametrize("principal", PRINCIPALS[:-1])
def test_a_foreign_thing_is_answered_like_a_missing_one(principal: str, world: World) -> None:
    known = {*world.things["foreign"].values(), *MISSING.values()} - {"1", "nothing"}
    for key in (*OBJECTS, *TEAM):
        answers = {}
        for thing in ("foreign", "missing"):
            with undone():
                answer, events = new_events(partial(send, world, world.browser(principal), key, PAGES[key], thing))
                answers[thing] = anonymised(answer, *known), [(event.action, event.reason) for event in events]
        assert answers["foreign"] == answers["missing"], key
        assert answers["foreign"][0][0] in {403, 404}, key


@pytest.mark.parametrize("key", OBJECTS)
def test_an_unreadable_key_is_answered_like_a_missing_one(key: str, world: World) -> None:
    if "site_key" in parameters(address_of(key)[0]):
        for odd in ("sk_live_", "x" * 500, "sk_live_zzzzzzzzzzzzzzzzzzzzzz", "..", "%", "sk_live_é"):
            with undone():
                answer = send(world, world.browser("owner"), key, PAGES[key], site_key=odd)
                missing = send(world, world.browser("owner"), key, PAGES[key], "missing")
            assert anonymised(answer, odd) == anonymised(missing, MISSING["site_key"])


@pytest.mark.parametrize("key", OPEN)
def test_an_open_address_answers_as_the_table_says(key: str, world: World) -> None:
    row: Open = OPEN[key]
    for principal, expected in (
        ("anonymous", row.signed_out),
        ("unverified", row.signed_out),
        ("owner", row.signed_in),
    ):
        with undone():
            assert send(world, world.browser(principal), key, row).status_code == expected, principal


@pytest.mark.parametrize("key", POSTS)
def test_a_form_from_elsewhere_changes_nothing(key: str, world: World) -> None:
    """Without the token against forgery there is no answer but 403, and nothing in the log."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = world.browser("owner").cookies
    with undone():
        answer, events = new_events(lambda: send(world, browser, key, {**PAGES, **OPEN}[key]))
    assert (answer.status_code, events) == (403, [])
