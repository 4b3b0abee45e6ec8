"""Pages of sites: what a reader sends, and what they see."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.credentials.format import PATTERNS, TokenKind
from apps.protection import test_keys
from apps.sites.models import Site
from tests.people import Person

LIST = "/sitekeys/"
NEW = "/sitekeys/new"
SECRET = PATTERNS[TokenKind.SITE_SECRET]


def path(site: Site, page: str = "") -> str:
    """The address of one of a site's pages."""
    return f"/sitekeys/{site.site_key}/{page}"


def secrets_in(answer: Any) -> set[str]:
    """The whole site secrets that an answer shows, but for those that are the same everywhere, for tests."""
    return set(SECRET.findall(answer.content.decode())) - {keys.secret for keys in test_keys.ALL}


@pytest.fixture
def filled() -> dict[str, str]:
    """A form that creates a site."""
    return {"name": "My App", "allowed_origins": "https://app.example.com\n\nhttps://b.example"}


MakeSites = Callable[..., list[Site]]


@pytest.fixture
def make_sites() -> MakeSites:
    """Puts sites into a person's account: `make_sites(alice, 500)`."""

    def make(person: Person, count: int, **fields: Any) -> list[Site]:
        values = {"allowed_origins": ["https://x.example"], "created_by": person.user} | fields
        return Site.objects.bulk_create(
            Site(account=person.account, name=f"Site {number:03}", **values) for number in range(count)
        )

    return make
