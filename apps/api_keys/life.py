"""Everything that can be done with an API key while it lives: narrow, rotate, disable, enable, delete.

A key is never widened: whoever needs more makes another, so that nobody's old key turns into a stronger one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.api_keys import access
from apps.api_keys.grant import Grant, grant_of, most_of, require_allowed_end, require_narrower, require_within
from apps.api_keys.models import ApiKey
from apps.api_keys.networks import parse_networks
from apps.api_keys.notices import Notice, notify
from apps.api_keys.operations import KeyWithToken, add_token, permission_errors, reach_in_words
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import record
from apps.credentials.overlap import AT_ONCE, OVERLAPS
from apps.permissions import catalogue
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import ReachedOrganization, ReachedSite
from apps.permissions.naming import clean_name
from apps.permissions.operation import operation
from apps.permissions.refusals import Conflict, Invalid, NotFound

MOST_AT_ONCE: Final = 500  # keys in one bulk change


@operation("updateApiKey", Action.KEY_UPDATED)
def update_key(
    actor: Actor,
    *,
    key_id: UUID,
    name: str | None = None,
    permissions: Sequence[str] | None = None,
    site_keys: Sequence[str] | None = None,
    organization_id: int | None = None,
    networks: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    never_ends: bool = False,
) -> ApiKey:
    """Rename or narrow a key; all or nothing. `None` leaves a field as it is; nothing changed records nothing.

    Args:
        actor: who.
        key_id: which key.
        name: 1 to 120 characters.
        permissions: at least one, each of which it has.
        site_keys: at least one site, each of which it reaches.
        organization_id: the one organization that it is limited to from now on; instead of `site_keys`.
        networks: CIDR blocks within those that it has.
        expires_at: when it stops, no later than before.
        never_ends: asks for a key without an end, which only one that has none stays.

    Raises:
        Invalid: for what cannot be used, or would widen the key.
        NotFound: when there is no such key for the actor.
        Forbidden: without `updateApiKey`.
    """
    key = access.key_to_change(actor, key_id)
    held = wanted = grant_of(key)
    before = _fields(key)
    errors = {} if permissions is None else permission_errors(permissions)
    try:
        key.name = key.name if name is None else clean_name(name)
        blocks = key.networks if networks is None else parse_networks(networks)
    except Invalid as error:
        errors |= error.errors
    if errors:
        raise Invalid(errors)
    wanted = replace(wanted, networks=tuple(blocks), ends_at=None if never_ends else expires_at or held.ends_at)
    if permissions is not None:
        wanted = replace(wanted, permissions=frozenset(permissions))
    wanted = wanted.with_reach(*access.chosen_reach(actor, site_keys, organization_id))
    require_narrower(wanted, held)
    if wanted.ends_at != held.ends_at:
        require_allowed_end(wanted.ends_at, key.account)
    key.permissions = catalogue.in_order(wanted.permissions)
    key.networks, key.expires_at = list(wanted.networks), wanted.ends_at
    _limit_to(key, wanted)
    key.save(update_fields=["name", "permissions", "networks", "expires_at", "reaches_all_sites"])
    changed = ApiKey.objects.select_related("account").get(pk=key.pk)
    after = _fields(changed)
    if changes := {field: (before[field], after[field]) for field in after if before[field] != after[field]}:
        record(actor, Action.KEY_UPDATED, access.target_of(key), changes=changes)
    return changed


@operation("updateApiKey", Action.KEY_ROTATED)
def rotate_key(actor: Actor, *, key_id: UUID, overlap: timedelta = AT_ONCE) -> KeyWithToken:
    """Give a key a new token in place of every earlier one. What it may do and when it ends stays as it is.

    Args:
        actor: its creator, or an owner of the account: the new token is in the answer.
        key_id: which key.
        overlap: how long the earlier tokens go on working, one of `OVERLAPS`; never beyond the end they had.

    Raises:
        Invalid: for another overlap.
        Conflict: for a key that is disabled or has expired.
        NotFound: when there is no such key for the actor.
        Forbidden: without `updateApiKey`, for a key of somebody else, or one that may do more than the key that asks.
    """
    if overlap not in OVERLAPS.values():
        raise Invalid({"overlap": "The overlap is 0, 1 hour, 24 hours or 7 days."})
    key = access.key_to_change(actor, key_id)
    _require_to_be_given(actor, key)
    if key.has_expired or key.is_disabled:
        text = "has expired; create a new one" if key.has_expired else "is disabled; enable it first"
        raise Conflict(f"“{key.name}” {text}.")
    now = clock.now()
    earlier = key.tokens.live(now)
    names = [token.masked for token in earlier.order_by("pk")]
    earlier.filter(expires_at__gt=now + overlap).update(expires_at=now + overlap)
    earlier.filter(expires_at=None).update(expires_at=now + overlap)
    token = add_token(key)
    key.save(update_fields=["last_four"])
    notify(key, Notice.ROTATED, actor=actor.label)
    changes: dict[str, tuple[object, object]] = {"key": (", ".join(names) or None, key.masked)}
    if overlap:
        changes["earlier_tokens_end_at"] = (None, (now + overlap).isoformat())
    record(actor, Action.KEY_ROTATED, access.target_of(key), changes=changes)
    return KeyWithToken(key, token)


@operation("updateApiKey", Action.KEY_TOKEN_ENDED)
def end_earlier_tokens(actor: Actor, *, key_id: UUID) -> ApiKey:
    """End the overlap of a rotation now: only the newest token works from the next request on.

    Raises:
        Conflict: when no earlier token works any more.
        NotFound: when there is no such key for the actor.
        Forbidden: without `updateApiKey`.
    """
    key = access.key_to_change(actor, key_id)
    now = clock.now()
    earlier = key.tokens.live(now).filter(expires_at__isnull=False)
    names = [token.masked for token in earlier.order_by("pk")]
    if not names:
        raise Conflict("No earlier token of this key works any more.")
    earlier.update(expires_at=now)
    record(actor, Action.KEY_TOKEN_ENDED, access.target_of(key), changes={"key": (", ".join(names), None)})
    return key


@operation("updateApiKey", Action.KEY_DISABLED)
def disable_keys(actor: Actor, *, key_ids: Sequence[UUID]) -> int:
    """Switch keys off, all or none: their next request is refused. Those that are off stay so.

    Returns:
        How many were switched off now.

    Raises:
        Invalid: for more than 500 keys.
        NotFound: when there is one among them that the actor may not know of.
        Forbidden: without `updateApiKey`.
    """
    keys = [key for key in _several(actor, key_ids) if not key.is_disabled]
    for key in keys:
        key.disabled_at = clock.now()
        key.save(update_fields=["disabled_at"])
        record(actor, Action.KEY_DISABLED, access.target_of(key), changes={"key": (key.masked, None)})
    return len(keys)


@operation("updateApiKey", Action.KEY_ENABLED)
def enable_key(actor: Actor, *, key_id: UUID) -> ApiKey:
    """Switch a key on again, as it was. Again changes nothing.

    Raises:
        NotFound: when there is no such key for the actor.
        Forbidden: without `updateApiKey`, for a key that may do more than the key that asks.
    """
    key = access.key_to_change(actor, key_id)
    if actor.kind is ActorKind.KEY:
        require_within(grant_of(key), most_of(actor))
    if key.is_disabled:
        key.disabled_at = None
        key.save(update_fields=["disabled_at"])
        record(actor, Action.KEY_ENABLED, access.target_of(key), changes={"key": (None, key.masked)})
    return key


@operation("deleteApiKey", Action.KEY_DELETED)
def delete_key(actor: Actor, *, key_id: UUID) -> ApiKey:
    """Delete a key for good: its next request is refused.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `deleteApiKey`.
    """
    key = access.key_to_change(actor, key_id)
    _delete(actor, key)
    return key


@operation("deleteApiKey", Action.KEY_DELETED)
def delete_keys(actor: Actor, *, key_ids: Sequence[UUID]) -> int:
    """Delete keys for good, all or none.

    Returns:
        How many.

    Raises:
        Invalid: for more than 500 keys.
        NotFound: when there is one among them that the actor may not know of.
        Forbidden: without `deleteApiKey`.
    """
    keys = _several(actor, key_ids)
    for key in keys:
        _delete(actor, key)
    return len(keys)


def _several(actor: Actor, key_ids: Sequence[UUID]) -> list[ApiKey]:
    if len(key_ids) > MOST_AT_ONCE:
        raise Invalid({"keys": f"At most {MOST_AT_ONCE} keys can be changed at once."})
    if not key_ids:
        raise NotFound("No key is chosen.")
    return access.keys_to_change(actor, key_ids)


def _delete(actor: Actor, key: ApiKey) -> None:
    key.deleted_at = clock.now()
    key.save(update_fields=["deleted_at"])
    record(actor, Action.KEY_DELETED, access.target_of(key), changes={"key": (key.masked, None)})


def _require_to_be_given(actor: Actor, key: ApiKey) -> None:
    """Refuse to hand the token of somebody else's key to anybody but an owner, or more to a key than it is itself."""
    if actor.kind is ActorKind.KEY:
        require_within(grant_of(key), most_of(actor))
    access.require_to_be_handed(actor, key)


def _fields(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "permissions": key.permissions,
        "sites": reach_in_words(key),
        "networks": key.networks or "everywhere",
        "expires_at": key.expires_at.isoformat() if key.expires_at else "never",
    }


def _limit_to(key: ApiKey, wanted: Grant) -> None:
    """Store where a key reaches, which is no more than before."""
    if wanted.reaches_all_sites:
        return
    if wanted.organization_id is not None:
        ReachedOrganization.objects.get_or_create(key=key, organization_id=wanted.organization_id)
    else:
        ReachedOrganization.objects.filter(key=key).delete()
    kept = wanted.site_ids or frozenset()
    ReachedSite.objects.filter(key=key).exclude(site_id__in=kept).delete()
    there = set(ReachedSite.objects.filter(key=key).values_list("site_id", flat=True))
    ReachedSite.objects.bulk_create([ReachedSite(key=key, site_id=site_id) for site_id in kept - there])
    key.reaches_all_sites = False
