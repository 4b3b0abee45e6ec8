"""What every test of the API starts from: an empty rate limiter, Alice's key, and a judge of every answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.api import limits
from tests.api.document import undescribed
from tests.people import Api, MakeKey, Person

SITES = "/api/v1/sites"
ORIGIN = "https://app.example.com"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test is held back by what another has counted."""
    limits._limiter.storage.reset()
    yield
    limits._limiter.storage.reset()


@pytest.fixture(autouse=True)
def _every_answer_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test of the API asks for, the answer's status and body stand in the OpenAPI document."""
    send = Client.request

    def judged(client: Client, **request: Any) -> Any:
        answer = send(client, **request)
        problem = undescribed(answer.wsgi_request.method or "", answer.wsgi_request.path_info, answer)
        assert not problem, problem
        return answer

    monkeypatch.setattr(Client, "request", judged)


@pytest.fixture
def account_id(alice: Person) -> str:
    """Alice's account, as the wire spells it."""
    return str(alice.account.pk)


@pytest.fixture
def api(alice: Person, make_key: MakeKey) -> Api:
    """Calls with a key of Alice's that holds everything."""
    return Api(make_key(alice))


@pytest.fixture
def new_site(account_id: str) -> dict[str, object]:
    """A body that creates a site."""
    return {"name": "My App", "allowedOrigins": [ORIGIN], "accountId": account_id}
