"""From a token to the actor behind it: one indexed look-up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from django.db import models, transaction

from apps.accounts.features import withheld_by
from apps.accounts.models import Membership
from apps.api_keys.access import target_of
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.networks import contains
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.models import Outcome
from apps.audit.record import Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed
from apps.credentials.last_use import due, note_use
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.catalogue import ACCOUNT_WIDE, BEYOND_AN_ORGANIZATION
from apps.permissions.roles import PERMISSIONS, Role


class Why(StrEnum):
    """Why a token is refused, in a few words, as its usage page counts them."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    DELETED = "deleted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ROTATED = "rotated"
    DISABLED = "disabled"
    CREATOR_GONE = "creator left"
    WRONG_NETWORK = "wrong network"


_SENTENCES: Final = {
    Why.MALFORMED: "This is not an API key: one begins with nct_ and has 42 characters. "
    "Check that it was copied whole.",
    Why.UNKNOWN: "This API key is not known here. Check that it was copied whole, and that it belongs to this server.",
    Why.DELETED: "This API key was deleted. Create a new one and replace it.",
    Why.REVOKED: "This API key was revoked, because somebody who held it handed it in as leaked. "
    "Create a new one, and find out how it got out.",
    Why.EXPIRED: "This API key has expired. Create a new one and replace it.",
    Why.ROTATED: "This API key was rotated, and this is its earlier token. Use the one that the rotation showed.",
    Why.DISABLED: "This API key is disabled. Somebody can enable it again in the dashboard.",
    Why.CREATOR_GONE: "This API key stopped because its creator left the account. Create a new one and replace it.",
    Why.WRONG_NETWORK: "This API key may not be used from {address}. Its networks are set in the dashboard.",
}
SELECTED_SITES: Final = "This API key reaches selected sites only, and this goes beyond single sites."
ONE_ORGANIZATION: Final = "This API key reaches one organization only, and this goes beyond its sites."
ROLE_LACKS: Final = "The role of this API key's creator does not include it today."


class KeyRefused(Exception):
    """The token is no working key; `str` is a sentence for whoever sent it.

    Attributes:
        why: in a few words.
        key: the key that it was of, where there is one.
    """

    def __init__(self, why: Why, source: Source, key: ApiKey | None = None) -> None:
        super().__init__(_SENTENCES[why].format(address=source.ip or "an unknown address"))
        self.why = why
        self.key = key


@dataclass(frozen=True, slots=True)
class AuthenticatedKey:
    """A working key, the token that proved it, and the actor it acts as."""

    key: ApiKey
    token: ApiKeyToken
    actor: Actor


def authenticate_key(token: str, source: Source) -> AuthenticatedKey:
    """The actor behind a token. What it may do is what the key holds and its creator's role allows today.

    Args:
        token: as the client sent it.
        source: where the request comes from.

    Raises:
        KeyRefused: for a malformed, unknown, deleted, disabled, rotated or expired key, one whose creator is gone,
            and one used from another network than its own.
    """
    if not is_well_formed(TokenKind.API_KEY, token):
        raise KeyRefused(Why.MALFORMED, source)
    found = _look_up(token)
    if found is None:
        raise KeyRefused(Why.UNKNOWN, source)
    role = getattr(found, "creator_role")  # noqa: B009  (annotated, so unknown to the model's type)
    now = clock.now()
    if why := _why_refused(found, role, source, now):
        refusal = KeyRefused(why, source, found.key)
        _record_refused(found.key, str(refusal), source, now)
        raise refusal
    _note_use(found, token, now)
    return AuthenticatedKey(found.key, found, key_actor(found.key, Role(role), source))


def key_actor(key: ApiKey, creator_role: Role, source: Source) -> Actor:
    """The actor that a working key is: what it holds and its creator's role allows, where its creator reaches.

    What the account has switched off, and what a key for selected sites or one organization cannot do, is withheld.

    Args:
        key: the key.
        creator_role: the role that its creator has today.
        source: where the request comes from.
    """
    held = frozenset(key.permissions)
    withheld = dict.fromkeys(held - PERMISSIONS[creator_role], ROLE_LACKS)
    if key.organization_id is not None:
        withheld |= dict.fromkeys(held & BEYOND_AN_ORGANIZATION, ONE_ORGANIZATION)
    elif not key.reaches_all_sites:
        withheld |= dict.fromkeys(held & ACCOUNT_WIDE, SELECTED_SITES)
    withheld |= {name: reason for name, reason in withheld_by(key.account).items() if name in held}
    return Actor(
        ActorKind.KEY,
        str(key.pk),
        key.name,
        key.account_id,
        creator_role,
        held - withheld.keys(),
        key.created_by_id,
        source,
        key.reaches_all_sites,
        withheld,
        key.organization_id,
    )


@cache
def _tokens() -> models.QuerySet[ApiKeyToken]:
    """Tokens with their key, its account and its creator's role; built once, as that takes longer than to ask."""
    creator = Membership.objects.active().filter(
        account_id=models.OuterRef("key__account_id"), person_id=models.OuterRef("key__created_by_id")
    )
    tokens = ApiKeyToken.objects.select_related("key__account", "key__reached_organization")
    return tokens.annotate(creator_role=models.Subquery(creator.values("role")[:1]))


def _look_up(token: str) -> ApiKeyToken | None:
    found = list(_tokens().filter(digest__in=peppers.digests(token)))  # a digest is there once
    return found[0] if found else None


def _why_refused(token: ApiKeyToken, creator_role: str | None, source: Source, now: datetime) -> Why | None:
    key = token.key
    if key.deleted_at:
        return Why.REVOKED if key.revoked_at else Why.DELETED
    if key.expires_at and key.expires_at <= now:
        return Why.EXPIRED
    if token.expires_at and token.expires_at <= now:
        return Why.ROTATED
    if key.disabled_at:
        return Why.DISABLED
    if creator_role is None:
        return Why.CREATOR_GONE
    if not contains(key.networks, source.ip):
        return Why.WRONG_NETWORK
    return None


def _note_use(stored: ApiKeyToken, token: str, now: datetime) -> None:
    """Write the last use of the token and of its key."""
    if note_use(ApiKeyToken.objects.all(), stored, token, now):
        ApiKey.objects.filter(pk=stored.key_id).update(last_used_at=now)


def _record_refused(key: ApiKey, reason: str, source: Source, now: datetime) -> None:
    """Put the attempt into the account's log, at most once a minute a key: a forgotten job must not flood it."""
    with transaction.atomic():
        if ApiKey.objects.filter(due("last_refused_at", now), pk=key.pk).update(last_refused_at=now):
            actor = Actor(ActorKind.KEY, str(key.pk), key.name, key.account_id, None, frozenset(), None, source)
            record(actor, Action.KEY_REFUSED, target_of(key), outcome=Outcome.REFUSED, reason=reason)
