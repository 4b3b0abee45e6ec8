"""One key, three places: each endpoint looks in its own, and two different keys in one request are none."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from tests.api.nocaptchaai.conftest import image_task
from tests.people import MakeKey, Person

pytestmark = pytest.mark.django_db

PLACES = ("clientKey", "apikey", "apiKey", "Bearer", "X-API-Key")
ENDPOINTS = {
    "/createTask": ("POST", "clientKey"),
    "/getTaskResult": ("POST", "clientKey"),
    "/getBalance": ("POST", "clientKey"),
    "/reportIncorrectImageCaptcha": ("POST", "clientKey"),
    "/solve": ("POST", "apikey"),
    "/balance": ("GET", "apiKey"),
}
NO_KEY = (1, "ERROR_KEY_DOES_NOT_EXIST", 1, "KEY_DOES_NOT_EXIST")
AMBIGUOUS = (1, "ERROR_BAD_PARAMETERS", 10, "ERROR_BAD_PARAMETERS")


def send(path: str, keys: dict[str, str]) -> Any:
    """A request that would be right, with these keys by their places."""
    method, _ = ENDPOINTS[path]
    fields = image_task() if path == "/solve" else {"task": image_task(), "taskId": "0000000000"}
    fields |= {"clientKey": keys["clientKey"]} if "clientKey" in keys else {}
    headers: dict[str, str] = {name: keys[name] for name in ("apikey", "X-API-Key") if name in keys}
    headers |= {"Authorization": f"Bearer {keys['Bearer']}"} if "Bearer" in keys else {}
    address = path + (f"?apiKey={keys['apiKey']}" if "apiKey" in keys else "")
    client = Client(headers=headers)
    if method == "GET":
        return client.get(address)
    return client.post(address, fields, content_type="application/json")


def words_of(answer: Any) -> tuple[Any, ...]:
    found = answer.json()
    return tuple(found.get(name) for name in ("errorId", "errorCode", "code", "msg"))


def is_past_the_key(answer: Any) -> bool:
    """Whether the key was taken: what is said then is about the account or the task."""
    return answer.json().get("errorCode") in {None, "", "ERROR_ZERO_BALANCE", "ERROR_NO_SUCH_CAPCHA_ID"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_key_counts_in_the_place_that_the_endpoint_names_and_nowhere_else(
    alice: Person, make_key: MakeKey, path: str, place: str
) -> None:
    answer = send(path, {place: make_key(alice)})

    if place == ENDPOINTS[path][1]:
        assert is_past_the_key(answer), answer.text
    else:
        assert words_of(answer) == NO_KEY
        assert answer.status_code == (200 if ENDPOINTS[path][1] == "clientKey" else 401)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_another_key_in_another_place_is_ambiguous_and_the_same_one_is_not(
    alice: Person, make_key: MakeKey, path: str, place: str
) -> None:
    own, other = make_key(alice), make_key(alice)
    right = ENDPOINTS[path][1]
    if place == right or (path == "/balance" and place == "clientKey"):  # a GET has no body
        return

    assert is_past_the_key(send(path, {right: own, place: own}))
    answer = send(path, {right: own, place: other})
    assert words_of(answer) == AMBIGUOUS
    assert answer.status_code == (200 if right == "clientKey" else 400)


def test_two_keys_in_one_place_are_ambiguous(alice: Person, make_key: MakeKey) -> None:
    first, second = make_key(alice), make_key(alice)
    twice = Client().get(f"/balance?apiKey={first}&apiKey={second}")
    joined = Client(headers={"apikey": f"{first},{second}"}).post(  # as a server hands on a header that came twice
        "/solve", image_task(), content_type="application/json"
    )

    assert [(answer.status_code, words_of(answer)) for answer in (twice, joined)] == [(400, AMBIGUOUS)] * 2
    assert Client().get(f"/balance?apiKey={first}&apiKey={first}").status_code == 200


@pytest.mark.parametrize("fate", ["missing", "malformed", "unknown", "deleted", "expired", "disabled"])
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_key_that_does_not_work_does_not_exist(alice: Person, make_key: MakeKey, path: str, fate: str) -> None:
    token, now = make_key(alice), clock.now()
    changed = {"deleted": "deleted_at", "expired": "expires_at", "disabled": "disabled_at"}
    sent = {
        "missing": {},
        "malformed": {ENDPOINTS[path][1]: "letmein"},
        "unknown": {ENDPOINTS[path][1]: "nct_000000000000000000000000000000003S9nIu"},
    }.get(fate, {ENDPOINTS[path][1]: token})
    if fate in changed:
        ApiKey.objects.update(**{changed[fate]: now - timedelta(minutes=5)})

    answer = send(path, sent)

    assert words_of(answer) == NO_KEY
    assert answer.status_code == (200 if ENDPOINTS[path][1] == "clientKey" else 401)
    assert AuditEvent.objects.filter(action="key.refused").count() == (1 if fate in changed else 0)


def test_the_balance_says_whose_it_is_and_what_a_task_costs(alice: Person, make_key: MakeKey) -> None:
    answer = Client().get("/balance", {"apiKey": make_key(alice)})

    assert answer.json() == {
        "status": "ok",
        "balance": 0,
        "username": "Alice & Co",
        "plan": {"name": "credits", "pricePerTask": 1, "reserved": 0},
    }
    assert answer["Cache-Control"] == "no-store"


def test_a_switched_off_api_is_refused_in_the_same_words(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice)
    alice.account.api_is_on = False
    alice.account.save()

    answer = send("/getBalance", {"clientKey": token})

    assert words_of(answer)[1] == "ERROR_PERMISSION_DENIED"
