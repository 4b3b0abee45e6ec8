"""The test people: Alice owns, Bob may read, Carol may write, Dave is a stranger, Erin audits, Victor views.

Bob and Carol are members of Alice's account, with a share of `shop` each. Dave owns an account of his own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.actors import member_actor
from apps.accounts.models import Account, Membership, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.record import Source
from apps.permissions.actor import Actor, system
from apps.permissions.models import ShareLevel
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.settings import STORED
from apps.sites.sharing import share_site

PASSWORD = "a long enough pass phrase"
SOURCE = Source("test", "192.0.2.1", "pytest", "0" * 32)


@dataclass(frozen=True)
class Person:
    """Somebody who belongs to an account."""

    user: User
    account: Account

    @property
    def membership(self) -> Membership:
        """Their place in the account, as it is now."""
        return Membership.objects.get(person=self.user, account=self.account)

    @property
    def actor(self) -> Actor:
        """The actor that they are now."""
        return member_actor(self.membership, self.user, SOURCE)

    @property
    def browser(self) -> Client:
        """A fresh browser in which they are signed in."""
        client = Client()
        client.force_login(self.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client


def make_person(name: str, account: Account, role: Role) -> Person:
    """A person with this role in the account."""
    user = create_verified_person(email=f"{name}@people.example", name=name.title(), password=PASSWORD)
    add_member(system(SOURCE, account.pk), account=account, person=user, role=role)
    return Person(user, account)


@pytest.fixture
def account(db: None) -> Account:
    """Alice's account."""
    return found_account(system(SOURCE), name="Alice & Co")


@pytest.fixture
def alice(account: Account) -> Person:
    """Owns the account."""
    return make_person("alice", account, Role.OWNER)


@pytest.fixture
def grace(account: Account) -> Person:
    """An admin of the account."""
    return make_person("grace", account, Role.ADMIN)


@pytest.fixture
def shop(alice: Person) -> Site:
    """Alice's site."""
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"]).site


@pytest.fixture
def bob(alice: Person, shop: Site) -> Person:
    """A member who may read `shop`."""
    bob = make_person("bob", alice.account, Role.MEMBER)
    share_site(alice.actor, site_key=shop.site_key, email=bob.user.email, level=ShareLevel.READ)
    return bob


@pytest.fixture
def carol(alice: Person, shop: Site) -> Person:
    """A member who may write `shop`."""
    carol = make_person("carol", alice.account, Role.MEMBER)
    share_site(alice.actor, site_key=shop.site_key, email=carol.user.email, level=ShareLevel.WRITE)
    return carol


@pytest.fixture
def victor(account: Account) -> Person:
    """A viewer of the account."""
    return make_person("victor", account, Role.VIEWER)


@pytest.fixture
def erin(account: Account) -> Person:
    """An auditor of the account."""
    return make_person("erin", account, Role.AUDITOR)


@pytest.fixture
def dave(db: None) -> Person:
    """A stranger: he owns another account."""
    return make_person("dave", found_account(system(SOURCE), name="Dave's"), Role.OWNER)


def settings_form(site: Site, **changed: Any) -> dict[str, Any]:
    """What the settings page of a site sends, with what is changed on it."""
    form = {field: getattr(site, field) for field in STORED} | {"allowed_origins": "\n".join(site.allowed_origins)}
    return {field: value for field, value in (form | changed).items() if value is not False}


MakeKey = Callable[..., str]


@pytest.fixture
def make_key() -> MakeKey:
    """Makes a key for a person and returns its token: `make_key(alice, "getSites")`; with all they hold by default."""

    def make(person: Person, *permissions: str, name: str = "Key", expires_in: timedelta | None = None) -> str:
        held = permissions or tuple(PERMISSIONS[Role(person.membership.role)])
        end = clock.now() + expires_in if expires_in else None
        made = create_key(
            system(SOURCE, person.account.pk), name=name, permissions=held, expires_at=end, owner_id=person.user.pk
        )
        return made.token.reveal()

    return make


class Api:
    """Calls the API with one key, as a server would: `api.post("/api/v1/sites", {...})`."""

    def __init__(self, token: str | None = None) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query: Any) -> Any:
        """GET with a query."""
        return self.client.get(path, query)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """POST a JSON body."""
        return self.client.post(path, body, content_type="application/json", **options)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH with a JSON body."""
        return self.client.patch(path, body, content_type="application/json")

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self.client.delete(path)
