"""What every test of the API starts from: an empty rate limiter, and Alice's key."""

from collections.abc import Iterator

import pytest

from apps.api import limits
from tests.people import Api, MakeKey, Person

SITES = "/api/v1/sites"
ORIGIN = "https://app.example.com"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test is held back by what another has counted."""
    limits._limiter.storage.reset()
    yield
    limits._limiter.storage.reset()


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
