"""The pages of API keys: what a reader sends, and what they see."""

from typing import Any

import pytest

from apps.credentials.format import PATTERNS, TokenKind
from apps.protection import test_keys

LIST = "/keys/"
NEW = "/keys/new"
TOKEN = PATTERNS[TokenKind.API_KEY]
WHOAMI = "/api/v1/whoami"


def tokens_in(answer: Any) -> set[str]:
    """The whole API keys that an answer shows, but those for tests, which are no secret."""
    return set(TOKEN.findall(answer.content.decode())) - {keys.api_key for keys in test_keys.ALL}


@pytest.fixture
def filled() -> dict[str, Any]:
    """A form that creates a key."""
    return {"name": "CI pipeline", "expires": "90", "permissions": ["getSites", "createSite"]}
