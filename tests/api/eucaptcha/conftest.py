"""What every test of this contract starts from: callers by key and by token."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import PASSWORD, Api, MakeKey, Person

BASE = "/myra-auto-app-api"
SITEKEYS = f"{BASE}/captcha_sitekeys"
PERMISSIONS = f"{BASE}/sitekey-permissions"
SECRETS = f"{BASE}/captcha-secrets"
STATISTICS = f"{BASE}/captcha-stats-user"
LOGIN = f"{BASE}/login"
VERIFY = "/v1/verify"

Caller = Callable[[Person], Api]


def log_in(person: Person, **more: Any) -> str:
    """The token of a sign-in."""
    answer = Api().post(LOGIN, {"email": person.user.email, "password": PASSWORD, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


@pytest.fixture(params=["API key", "login token"])
def calling(request: pytest.FixtureRequest, make_key: MakeKey) -> Caller:
    """Calls as a person: with a key of theirs that holds all they may do, or with the token of a sign-in."""
    return lambda person: Api(make_key(person) if request.param == "API key" else log_in(person))


def refused(answer: Any, status: int) -> str:
    """The reason that a problem gives, after its shape was looked at."""
    assert answer.status_code == status, answer.text
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) - {"violations"} == {"title", "detail", "status", "type"}
    assert body["status"] == status
    assert ("violations" in body) == (status == 422)
    return str(body["detail"])


def violations(answer: Any) -> dict[str, str]:
    """Field → what is wrong with it."""
    refused(answer, 422)
    found = answer.json()["violations"]
    assert all(set(one) == {"propertyPath", "message", "code"} for one in found)
    return {one["propertyPath"]: one["message"] for one in found}
