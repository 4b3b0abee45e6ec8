"""The matrix of the API: a key with all that its maker holds gets what its maker gets, and nothing that they do not."""

from functools import partial
from typing import Any

import pytest

from apps.api_keys.models import ApiKey
from apps.permissions.roles import Role
from tests.authorization.expectations import API
from tests.authorization.rows import PRINCIPALS, Row, address_of
from tests.authorization.world import MISSING, World, anonymised, expected_of, new_events, parameters, send, undone
from tests.authorization.world import told as told_by

pytestmark = pytest.mark.django_db

IN_PATH = {key: row for key, row in API.items() if parameters(address_of(key)[0])}


def naming(*things: str) -> dict[str, Row]:
    """The rows whose body or query names one of these things."""
    bodies = {key: row.body if isinstance(row.body, dict) else {} for key, row in API.items()}
    bodies = {key: body | body.get("rule", {}) for key, body in bodies.items()}
    values = {key: {*map(str, body.values()), *map(str, API[key].query.values())} for key, body in bodies.items()}
    return {key: API[key] for key in API if {*things} & values[key]}


OF_NO_SITE = {"privatecaptcha /org/{org_id}/properties POST", "privatecaptcha /asynctask/{id} GET"}
"""Addresses that name something else than a site, or what a site is in."""
CHARGED = "credits.charged"  # by the product itself, when the work is done
OWN_TASKS = {"privatecaptcha /asynctask/{id} GET", "nocaptchaai /getTaskResult POST"}
"""What stays somebody's to look at, whatever becomes of their role."""
SITES = {key: row for key, row in IN_PATH.items() if key not in OF_NO_SITE} | naming("@site_id", "@siteKey")
SITES |= naming("@rule_handle", "@rule_group", "@suggestion_id", "['@suggestion_id']")
THINGS = IN_PATH | SITES | naming("@person_email", "@org_id", "@image_task")


def content_type(key: str, status: int) -> str:
    """What an answer is, in the key's contract."""
    if status == 204:
        return ""
    return "application/problem+json" if key.startswith("eucaptcha") and status >= 400 else "application/json"


def outcome(row: Row, answer: Any, events: list[Any]) -> tuple[int, list[tuple[str, str]]]:
    """What happened, in the words of `expected_of`; a refusal only counts when header, answer and log explain it."""
    told = []
    for event in events:
        if event.outcome == "refused":
            explained = event.reason == told_by(answer) and answer["X-Accepted-Permissions"] in row.missing.split()
            told.append(("refused", row.missing if explained else "unexplained"))
        else:
            told.append(("done", event.action))
    return answer.status_code, told


@pytest.mark.parametrize("key", API)
def test_every_makers_key_gets_what_the_table_says(key: str, world: World) -> None:
    row, seen = API[key], {}
    for principal in PRINCIPALS:
        with undone():
            answer, events = new_events(partial(send, world, world.api(principal), key, row))
            seen[principal] = outcome(row, answer, events)
            assert {event.account_id for event in events} <= {world.people[principal].account.pk}
            assert {event.actor_kind for event in events if event.action != CHARGED} <= {"key"}
            assert answer.get("Content-Type", "") == content_type(key, answer.status_code)
    assert seen == {principal: expected_of(row, principal) for principal in PRINCIPALS}


@pytest.mark.parametrize("key", SITES)
def test_a_key_gets_what_the_table_says_of_its_makers_own(key: str, world: World) -> None:
    row, seen = API[key], {}
    for principal in ("owner", "admin", "reader"):
        with undone():
            seen[principal] = send(world, world.api(principal), key, row, principal).status_code
    assert seen == {principal: row.success if principal in row.own.split() else 403 for principal in seen}


@pytest.mark.parametrize("principal", PRINCIPALS[:-1])
def test_a_foreign_thing_is_answered_like_a_missing_one(principal: str, world: World) -> None:
    known = {*world.things["foreign"].values(), *MISSING.values()} - {"1", "nothing", "oidc"}
    known = {word for word in known if len(word) > 3}
    for key, row in THINGS.items():
        answers = {}
        for thing in ("foreign", "missing"):
            with undone():
                answer, events = new_events(partial(send, world, world.api(principal), key, row, thing))
                answers[thing] = anonymised(answer, *known), [(event.action, event.reason) for event in events]
        assert answers["foreign"] == answers["missing"], key
        assert answers["foreign"][0][0] in {403, 404}, key


@pytest.mark.parametrize("odd", ["sk_live_", "x" * 500, "sk_live_zzzzzzzzzzzzzzzzzzzzzz", "..", "%", "sk_live_é", "0"])
@pytest.mark.parametrize("key", [key for key in IN_PATH if not key.startswith("privatecaptcha ")])  # which tells
def test_an_unreadable_site_key_is_answered_like_a_missing_one(key: str, odd: str, world: World) -> None:
    with undone():
        [parameter] = parameters(address_of(key)[0])
        answer = send(world, world.api("owner"), key, SITES[key], **{parameter: odd})
        missing = send(world, world.api("owner"), key, SITES[key], "missing")
    named = [odd] if len(odd) > 1 else []  # a single character is part of other words
    assert anonymised(answer, *named) == anonymised(missing, MISSING["siteKey"])


@pytest.mark.parametrize("key", [key for key, row in API.items() if "outsider" in row.refused])
def test_the_contract_tells_another_account_from_one_that_does_not_exist(key: str, world: World) -> None:
    with undone():
        assert send(world, world.api("owner"), key, API[key], "foreign").status_code == 403
        assert send(world, world.api("owner"), key, API[key], "missing").status_code == 404


@pytest.mark.parametrize("key", API)
def test_a_key_is_worth_what_its_makers_role_is_worth_today(key: str, world: World) -> None:
    """The owner's key, after the owner has become a viewer, is a viewer's."""
    with undone():
        membership = world.people["owner"].membership
        membership.role = Role.VIEWER
        membership.save()
        answer = send(world, world.api("owner"), key, API[key])
    assert answer.status_code == (200 if key in OWN_TASKS else expected_of(API[key], "viewer")[0])


@pytest.mark.parametrize("key", API)
def test_a_key_none_of_whose_permissions_exist_any_more_reaches_only_itself(key: str, world: World) -> None:
    with undone():
        ApiKey.objects.filter(created_by=world.people["owner"].user).update(permissions=["flyToTheMoon"])
        answer = send(world, world.api("owner"), key, API[key])
    if key.endswith("whoami GET"):
        assert answer.json()["permissions"] == []
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("key", API)
def test_a_browsers_session_is_nothing_to_the_api(key: str, world: World) -> None:
    with undone():
        answer, events = new_events(lambda: send(world, world.browser("owner"), key, API[key]))
    told = (401, None) if key.startswith("nocaptchaai ") else (401, "Bearer")
    told = (400, None) if key.startswith("privatecaptcha ") else told
    assert (answer.status_code, answer.get("WWW-Authenticate"), events) == (*told, [])
