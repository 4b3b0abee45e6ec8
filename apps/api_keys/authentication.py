"""From a token to the actor behind it: one indexed look-up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import models, transaction

from apps.accounts.models import Membership
from apps.api_keys.access import target_of
from apps.api_keys.models import LAST_USE_IS_WRITTEN_EVERY, ApiKey
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.models import Outcome
from apps.audit.record import Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import PERMISSIONS, Role

UNKNOWN: Final = "This API key is not known here. Check that it was copied whole, and that it belongs to this server."
MALFORMED: Final = "This is not an API key: one begins with nct_ and has 42 characters. Check that it was copied whole."
DELETED: Final = "This API key was deleted. Create a new one and replace it."
EXPIRED: Final = "This API key has expired. Create a new one and replace it."
CREATOR_GONE: Final = "This API key stopped because its creator left the account. Create a new one and replace it."


class KeyRefused(Exception):
    """The token is no working key; `str` says why."""


@dataclass(frozen=True, slots=True)
class AuthenticatedKey:
    """A working key and the actor it acts as."""

    key: ApiKey
    actor: Actor


def authenticate_key(token: str, source: Source) -> AuthenticatedKey:
    """The actor behind a token. What it may do is what the key holds and its creator's role allows today.

    Args:
        token: as the client sent it.
        source: where the request comes from.

    Raises:
        KeyRefused: for a malformed, unknown, deleted or expired key, or one whose creator is gone.
    """
    if not is_well_formed(TokenKind.API_KEY, token):
        raise KeyRefused(MALFORMED)
    key = _look_up(token)
    if key is None:
        raise KeyRefused(UNKNOWN)
    role = getattr(key, "creator_role")  # noqa: B009  (annotated, so unknown to the model's type)
    now = clock.now()
    if reason := _why_refused(key, role, now):
        _record_refused(key, reason, source, now)
        raise KeyRefused(reason)
    _note_use(key, now)
    return AuthenticatedKey(key, key_actor(key, Role(role), source))


def key_actor(key: ApiKey, creator_role: Role, source: Source) -> Actor:
    """The actor that a working key is: what it holds and its creator's role allows, where its creator reaches.

    Args:
        key: the key.
        creator_role: the role that its creator has today.
        source: where the request comes from.
    """
    permissions = frozenset(key.permissions) & PERMISSIONS[creator_role]
    return Actor(
        ActorKind.KEY, str(key.pk), key.name, key.account_id, creator_role, permissions, key.created_by_id, source
    )


def _look_up(token: str) -> ApiKey | None:
    creator = Membership.objects.active().filter(
        account_id=models.OuterRef("account_id"), person_id=models.OuterRef("created_by_id")
    )
    keys = ApiKey.objects.select_related("account").annotate(creator_role=models.Subquery(creator.values("role")[:1]))
    return keys.filter(digest__in=peppers.digests(token)).first()


def _why_refused(key: ApiKey, creator_role: str | None, now: datetime) -> str:
    if key.deleted_at:
        return DELETED
    if key.expires_at and key.expires_at <= now:
        return EXPIRED
    if creator_role is None:
        return CREATOR_GONE
    return ""


def _note_use(key: ApiKey, now: datetime) -> None:
    """Write the last use, at most once a minute."""
    if key.last_used_at is None or key.last_used_at <= now - LAST_USE_IS_WRITTEN_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def _record_refused(key: ApiKey, reason: str, source: Source, now: datetime) -> None:
    """Put the attempt into the account's log, at most once a minute a key: a forgotten job must not flood it."""
    earlier = models.Q(last_used_at=None) | models.Q(last_used_at__lte=now - LAST_USE_IS_WRITTEN_EVERY)
    with transaction.atomic():
        if ApiKey.objects.filter(earlier, pk=key.pk).update(last_used_at=now):
            actor = Actor(ActorKind.KEY, str(key.pk), key.name, key.account_id, None, frozenset(), None, source)
            record(actor, Action.KEY_REFUSED, target_of(key), outcome=Outcome.REFUSED, reason=reason)
