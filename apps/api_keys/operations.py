"""Everything that can be done with API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.api_keys import access
from apps.api_keys.models import ApiKey, ApiKeyQuerySet
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.credentials.plain import PlainSecret
from apps.permissions import catalogue
from apps.permissions.actor import Actor, system
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation, reading
from apps.permissions.refusals import Forbidden, Invalid

LONGEST_SPAN: Final = timedelta(days=3653)  # ten years; further away than this is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class KeyWithToken:
    """A key, and its token for the one answer that shows it."""

    key: ApiKey
    token: PlainSecret


@reading("getApiKeys")
def list_keys(actor: Actor) -> ApiKeyQuerySet:
    """The keys that the actor may see, with their creators.

    Raises:
        Forbidden: without `getApiKeys`.
    """
    return ApiKey.objects.visible_to(actor).select_related("created_by")


@reading("getApiKeys")
def get_key(actor: Actor, *, key_id: UUID) -> ApiKey:
    """One key.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `getApiKeys`.
    """
    return access.key_to_read(actor, key_id)


@operation("createApiKey", Action.KEY_CREATED)
def create_key(
    actor: Actor, *, name: str, permissions: Sequence[str], expires_at: datetime | None, owner_id: int | None = None
) -> KeyWithToken:
    """Create a key. It can do nothing that its creator cannot.

    Args:
        actor: who creates it.
        name: 1 to 120 characters.
        permissions: at least one name from the catalogue, each held by the actor.
        expires_at: when it stops working; `None` for never.
        owner_id: the person it belongs to, where the system creates it for somebody.

    Raises:
        Invalid: for a name, a permission or a time that cannot be used.
        Forbidden: without `createApiKey`, or for a permission that the actor does not hold.
    """
    errors: dict[str, str] = {}
    try:
        name = clean_name(name)
    except Invalid as error:
        errors |= error.errors
    errors |= _permission_errors(permissions) | _expiry_errors(expires_at)
    if errors:
        raise Invalid(errors)
    _refuse_what_is_not_held(actor, permissions)
    creator_id = owner_id or actor.person_id
    if creator_id is None:
        raise RuntimeError("A key belongs to a person: name one with owner_id.")
    token = mint(TokenKind.API_KEY)
    digest = peppers.digest(token.reveal())
    key = ApiKey.objects.create(
        account_id=actor.own_account_id,
        name=name,
        digest=digest.value,
        pepper=digest.pepper,
        last_four=token.last_four,
        permissions=catalogue.in_order(permissions),
        created_by_id=creator_id,
        created_at=clock.now(),
        expires_at=expires_at,
    )
    changes: Changes = {
        "name": (None, key.name),
        "permissions": (None, key.permissions),
        "expires_at": (None, key.expires_at.isoformat() if key.expires_at else "never"),
        "key": (None, key.masked),
    }
    record(actor, Action.KEY_CREATED, access.target_of(key), changes=changes)
    return KeyWithToken(key, token)


@operation("deleteApiKey", Action.KEY_DELETED)
def delete_key(actor: Actor, *, key_id: UUID) -> None:
    """Delete a key for good: its next request is refused.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `deleteApiKey`.
    """
    key = access.key_to_delete(actor, key_id)
    key.deleted_at = clock.now()
    key.save(update_fields=["deleted_at"])
    record(actor, Action.KEY_DELETED, access.target_of(key), changes={"key": (key.masked, None)})


@operation(SYSTEM_ONLY, Action.KEY_EXPIRED)
def record_expiry(actor: Actor, *, key_id: UUID) -> bool:
    """Write into the log, once, that a key's time is over.

    Returns:
        Whether it was written now; false when it already stood there, or the key is gone.
    """
    now = clock.now()
    if not ApiKey.objects.expired_at(now).filter(pk=key_id).update(expiry_recorded_at=now):
        return False
    key = ApiKey.objects.get(pk=key_id)
    expired_at = key.expires_at.isoformat() if key.expires_at else None
    record(actor, Action.KEY_EXPIRED, access.target_of(key), changes={"expires_at": (expired_at, "over")})
    return True


def record_expired_keys() -> int:
    """Put the end of every key that has expired since the last time into its account's log.

    Returns:
        How many were written.
    """
    expired = list(ApiKey.objects.expired_at(clock.now()).values_list("pk", "account_id"))
    worker = Source("worker")
    return sum(record_expiry(system(worker, account_id), key_id=key_id) for key_id, account_id in expired)


def _refuse_what_is_not_held(actor: Actor, permissions: Sequence[str]) -> None:
    for permission in catalogue.in_order(permissions):
        if not actor.may(permission):
            raise Forbidden(
                f"You cannot give a key the permission {permission}, because you do not hold it yourself.",
                permission=permission,
            )


def _permission_errors(permissions: Sequence[str]) -> dict[str, str]:
    if unknown := catalogue.unknown(permissions):
        return {"permissions": f"There is no permission {', '.join(map(repr, unknown[:5]))}."}
    if not permissions:
        return {"permissions": "Choose at least one permission; a key without any could do nothing."}
    return {}


def _expiry_errors(expires_at: datetime | None) -> dict[str, str]:
    now = clock.now()
    if expires_at and expires_at <= now:
        return {"expires_at": "This lies in the past. Choose a later time."}
    if expires_at and expires_at > now + LONGEST_SPAN:
        return {"expires_at": "This is more than ten years away. Choose an earlier time, or never."}
    return {}
