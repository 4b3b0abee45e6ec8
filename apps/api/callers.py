"""Who sends a request: what its `Authorization: Bearer` turns out to be."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.accounts.features import API_IS_OFF, SWITCHED_OFF
from apps.accounts.models import User
from apps.api_keys.authentication import KeyRefused, authenticate_key
from apps.api_keys.models import EXPIRES_SOON, ApiKey, ApiKeyToken
from apps.audit import clock
from apps.audit.record import Source, Target
from apps.counting.addresses import counted_as
from apps.permissions.actor import Actor
from apps.permissions.refusals import Forbidden
from apps.protection import test_keys
from apps.protection.test_keys import KeysForTests

KEY_EXPIRES: Final = "X-API-Key-Expires"
API_KEY: Final = "API key"
TEST_KEY: Final = "test key"
LOGIN_TOKEN: Final = "login token"  # noqa: S105  (a word)


class CredentialRefused(Exception):
    """The token is no working credential; `str` says why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An API key, or a person with the token of a sign-in.

    A key acts in one account. A person acts in whichever account the thing belongs to that they ask for, so
    they are no single actor.

    Attributes:
        id: what their requests are counted by.
        credential: what they showed, in words.
        source: where they call from.
        key: the API key.
        token: the one of its tokens that was sent.
        actor: the key's actor.
        person: the person.
        test_keys: the test keys that the credential is one of; it is nobody's then.
    """

    id: str
    credential: str
    source: Source
    key: ApiKey | None = None
    token: ApiKeyToken | None = None
    actor: Actor | None = None
    person: User | None = None
    test_keys: KeysForTests | None = None

    @property
    def near_end(self) -> datetime | None:
        """When the key, or the token of it that was sent, ends within the next 14 days; else `None`."""
        ends = [self.key and self.key.expires_at, self.token and self.token.expires_at]
        end = min((end for end in ends if end), default=None)
        return end if end and end <= clock.now() + EXPIRES_SOON else None

    @property
    def required_actor(self) -> Actor:
        """Who acts.

        Raises:
            RuntimeError: when it is no API key.
        """
        if self.actor is None:
            raise RuntimeError("This caller is no API key.")
        return self.actor

    def require_api(self) -> None:
        """Refuse a key of an account that has switched its API off.

        Raises:
            Forbidden: saying who can switch it on.
        """
        if self.key and not self.key.account.api_is_on:
            account = self.key.account
            owner = Target("account", str(account.pk), account.name)
            raise Forbidden(API_IS_OFF, permission="", target=owner, why=SWITCHED_OFF)


Authenticate = Callable[[str, Source], Caller]
"""From the text behind `Bearer` to the caller; raises `CredentialRefused`."""


def key_caller(token: str, source: Source) -> Caller:
    """The API key behind a token.

    Raises:
        CredentialRefused: saying why it is no working key.
    """
    try:
        found = authenticate_key(token, source)
    except KeyRefused as refusal:
        raise CredentialRefused(str(refusal)) from refusal
    return Caller(found.actor.id, API_KEY, source, key=found.key, token=found.token, actor=found.actor)


def key_or_test_key_caller(token: str, source: Source) -> Caller:
    """The API key behind a token, or the test keys that it is one of; for verification alone.

    Raises:
        CredentialRefused: saying why it is no working key.
    """
    if found := test_keys.of_api_key(token):
        return Caller(f"test key from {counted_as(source.ip)}", TEST_KEY, source, test_keys=found)
    return key_caller(token, source)
