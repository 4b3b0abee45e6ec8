"""A request with a key that does not work is 401 at every endpoint, whatever it asks for, and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.audit import clock
from apps.credentials.format import TokenKind, mint
from tests.authorization.expectations import API
from tests.authorization.world import World, new_events, send, told, undone

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
NO_KEY = "This is not an API key"


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def other_checksum(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


# How a request comes without a working key, and what it is told.
UNKNOWN_TO_US: dict[str, tuple[Callable[[str], Headers], str]] = {
    "no header": (lambda _: {}, "No API key was sent"),
    "an empty header": (lambda _: {"Authorization": ""}, "No API key was sent"),
    "no scheme": (lambda token: {"Authorization": token}, "is not Bearer"),
    "another scheme": (lambda token: {"Authorization": f"Basic {token}"}, "is not Bearer"),
    "no token": (lambda _: {"Authorization": "Bearer "}, "is not Bearer"),
    "another header": (lambda token: {"X-Api-Key": token}, "No API key was sent"),
    "noise": (lambda _: bearer("letmein"), NO_KEY),
    "half of it": (lambda token: bearer(token[:30]), NO_KEY),
    "one character more": (lambda token: bearer(token + "a"), NO_KEY),
    "another alphabet": (lambda token: bearer(token[:-7] + "-" + token[-6:]), NO_KEY),
    "a bad checksum": (lambda token: bearer(other_checksum(token)), NO_KEY),
    "a site's secret": (lambda _: bearer(mint(TokenKind.SITE_SECRET).reveal()), NO_KEY),
    "two tokens": (lambda token: bearer(f"{token} {token}"), NO_KEY),
    "one that was never made": (lambda _: bearer(mint(TokenKind.API_KEY).reveal()), "is not known here"),
}


def the_key(world: World) -> Any:
    return ApiKey.objects.filter(created_by=world.people["owner"].user)


# What happens to a key, and what a request with it is told from then on.
STOPPED: dict[str, tuple[Callable[[World], object], str]] = {
    "deleted": (lambda world: the_key(world).update(deleted_at=clock.now()), "was deleted"),
    "revoked as leaked": (
        lambda world: Client().post(
            "/api/v1/credentials/revoke", {"credentials": [world.tokens["owner"]]}, content_type="application/json"
        ),
        "was revoked, because somebody who held it handed it in",
    ),
    "expired": (lambda world: the_key(world).update(expires_at=clock.now()), "has expired"),
    "expired long ago": (
        lambda world: the_key(world).update(expires_at=clock.now() - timedelta(days=400)),
        "has expired",
    ),
    "disabled": (lambda world: the_key(world).update(disabled_at=clock.now()), "is disabled"),
    "rotated": (
        lambda world: ApiKeyToken.objects.filter(key__in=the_key(world)).update(expires_at=clock.now()),
        "this is its earlier token",
    ),
    "limited to another network": (
        lambda world: the_key(world).update(networks=["198.51.100.0/24", "2001:db8::/32"]),
        "may not be used from 127.0.0.1",
    ),
    "its creator left": (lambda world: world.people["owner"].membership.delete(), "its creator left the account"),
    "its creator was deactivated": (
        lambda world: User.objects.filter(pk=world.people["owner"].user.pk).update(is_active=False),
        "its creator left the account",
    ),
    "deleted, and its creator left": (
        lambda world: (the_key(world).update(deleted_at=clock.now()), world.people["owner"].membership.delete()),
        "was deleted",
    ),
}


def refused_by_private_captcha(answer: Any, words: str) -> None:
    """Check the answer of the contract that takes its key in another header, and has no 401."""
    is_missing = words in {"No API key was sent", "is not Bearer"}
    assert answer.status_code == (400 if is_missing else 403)
    assert "WWW-Authenticate" not in answer
    assert list(answer.json()) in (["meta"], ["success", "code", "meta"])
    assert (answer.json()["meta"]["code"], answer.json().get("success", False)) == (1001, False)
    assert ("No API key was sent" if is_missing else words) in told(answer)


def refused_by_nocaptchaai(answer: Any, words: str) -> None:
    """Check the answer of the contract that takes its key in three other places."""
    is_missing = words in {"No API key was sent", "is not Bearer"}
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer
    assert list(answer.json()) == ["errorId", "errorCode", "errorDescription", "code", "msg"]
    assert (answer.json()["errorCode"], answer.json()["code"]) == ("ERROR_KEY_DOES_NOT_EXIST", 1)
    assert ("No API key was sent" if is_missing else words) in told(answer)


def refused(world: World, client: Client, key: str, words: str) -> list[Any]:
    """Send it, check the answer, return the new events."""
    answer, events = new_events(lambda: send(world, client, key, API[key]))
    if key.startswith("privatecaptcha "):
        refused_by_private_captcha(answer, words)
        return events
    if key.startswith("nocaptchaai "):
        refused_by_nocaptchaai(answer, words)
        return events
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    takes_people = key.startswith("eucaptcha ")
    assert list(answer.json()) == (["code", "message"] if takes_people else ["error"])
    if words == NO_KEY and takes_people:  # which takes tokens of people too, and no word of ours for the rest
        assert NO_KEY in told(answer) or "neither an API key" in told(answer)
    else:
        assert words in told(answer)
    return events


@pytest.mark.parametrize("placement", UNKNOWN_TO_US)
def test_a_request_without_a_known_key_is_401_and_leaves_no_event(placement: str, world: World) -> None:
    for key in API:
        headers, words = UNKNOWN_TO_US[placement]
        if placement == "another header" and key.startswith("privatecaptcha "):
            headers, words = (lambda _: {"X-Gatehouse-Key": "x"}), "No API key was sent"  # for it, X-API-Key is none
        with undone():
            assert refused(world, Client(headers=headers(world.tokens["owner"])), key, words) == []


@pytest.mark.parametrize("fate", STOPPED)
def test_a_key_that_stopped_is_401_and_its_use_is_in_the_log(fate: str, world: World) -> None:
    stop, words = STOPPED[fate]
    with undone():
        send(world, world.api("owner"), "neocaptcha /api/v1/whoami GET", API["neocaptcha /api/v1/whoami GET"])
        stop(world)
        for key in API:
            with undone():
                the_key(world).update(last_used_at=clock.now() - timedelta(hours=1))
                [event] = refused(world, world.api("owner"), key, words)
                assert (event.action, event.outcome, event.actor_kind) == ("key.refused", "refused", "key")
                assert words in event.reason
                assert str(event.account_id) == world.account_id
                assert refused(world, world.api("owner"), key, words) == []  # a forgotten job must not flood the log


def test_a_key_works_until_the_moment_it_expires(world: World) -> None:
    key = "neocaptcha /api/v1/whoami GET"
    with undone():
        end = clock.now() + timedelta(days=1)
        the_key(world).update(expires_at=end)
        with clock.at(end - timedelta(microseconds=1)):
            assert send(world, world.api("owner"), key, API[key]).json()["name"] == "Key"
        with clock.at(end):
            refused(world, world.api("owner"), key, "has expired")


def test_deleting_one_key_leaves_the_others_working(world: World) -> None:
    key = "neocaptcha /api/v1/whoami GET"
    with undone():
        the_key(world).update(deleted_at=clock.now())
        assert send(world, world.api("admin"), key, API[key]).json()["accountName"] == "Alice & Co"
