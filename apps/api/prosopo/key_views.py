"""API keys. A key can give at most what it is itself, and narrow what there is: nothing here widens anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import UnsetType

from apps.api.contract import Call
from apps.api.prosopo import key_schemas as schemas
from apps.api.prosopo.contracts import CHANGING_STATUSES, portal_api, reads
from apps.api.times import to_the_second
from apps.api_keys import life, operations
from apps.api_keys.access import NO_SUCH_KEY, NoSuchKey
from apps.api_keys.grant import LONGEST_SPAN, latest_end
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.permissions import catalogue
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.refusals import Invalid

_WIRE_NAMES: Final = {"expires_at": "expiresIn", "sites": "siteKeys"}
G = TypeVar("G")
_FURTHEST: Final = int(LONGEST_SPAN.total_seconds())


@reads(
    "/api-keys/get",
    summary="List the account's API keys",
    permission="getApiKeys",
    asks=schemas.AllKeys,
    answer=schemas.Keys,
)
def api_keys_get(call: Call) -> schemas.Keys:
    """Every key that this one may know of, the newest first; never a token."""
    keys = (
        operations.list_keys(call.actor)
        .select_related("reached_organization__organization")
        .prefetch_related("sites")
        .order_by("-created_at", "-pk")
    )
    return schemas.Keys([schemas.Key(**_fields(key)) for key in keys])


@portal_api.endpoint(
    "POST",
    "/api-keys/create",
    summary="Create an API key",
    permission="createApiKey",
    body=schemas.NewKey,
    answer=schemas.CreatedKey,
    statuses=(400, 401, 403, 413, 429),
)
def api_keys_create(call: Call) -> schemas.CreatedKey:
    """A key with its token, in this answer only. Where the asking key ends, so does the new one, at the latest."""
    body: schemas.NewKey = call.body
    with _named_as_on_the_wire():
        made = operations.create_key(
            call.actor,
            name=body.name,
            permissions=_names(body.permissions),
            expires_at=_end(body.expires_in) or latest_end(call.actor, call.key.account),
            site_keys=_given(body.site_keys),
            networks=_given(body.networks),
        )
    return schemas.CreatedKey(api_key=made.token.reveal(), **_fields(made.key))


@portal_api.endpoint(
    "POST",
    "/api-keys/update",
    summary="Rename or narrow an API key",
    permission="updateApiKey",
    body=schemas.KeyChange,
    answer=schemas.Key,
    statuses=(400, 401, 403, 404, 413, 429),
)
def api_keys_update(call: Call) -> schemas.Key:
    """Take permissions, sites, networks or time from a key, or rename it; all or nothing. More of anything: 400."""
    body: schemas.KeyChange = call.body
    key_id = _key_id(body.api_key_id)
    ends = None if isinstance(body.expires_in, UnsetType) else _end(body.expires_in)
    with _named_as_on_the_wire():
        key = life.update_key(
            call.actor,
            key_id=key_id,
            name=_given(body.name),
            permissions=None if isinstance(body.permissions, UnsetType) else _names(body.permissions),
            site_keys=_given(body.site_keys),
            networks=_given(body.networks),
            expires_at=ends,
            never_ends=not isinstance(body.expires_in, UnsetType) and ends is None,
        )
    return schemas.Key(**_fields(key))


@portal_api.endpoint(
    "POST",
    "/api-keys/delete",
    summary="Delete an API key",
    permission="deleteApiKey",
    body=schemas.KeyById,
    answer=schemas.DeletedKey,
    statuses=CHANGING_STATUSES,
)
def api_keys_delete(call: Call) -> schemas.DeletedKey:
    """Delete a key for good: its next request is refused. A key may delete itself."""
    key = life.delete_key(call.actor, key_id=_key_id(call.body.api_key_id))
    return schemas.DeletedKey(success=True, deleted_api_key_id=str(key.pk))


def _names(permissions: dict[str, list[str]] | list[str]) -> list[str]:
    """The names of permissions, however they were grouped.

    Raises:
        Invalid: for a group that does not exist, or a name in a group that it does not belong to.
    """
    if isinstance(permissions, list):
        return permissions
    for group, names in permissions.items():
        if group not in catalogue.GROUP_NAMES:
            raise Invalid({"permissions": f"There is no permission group {group[:40]!r}."})
        for name in names:
            if name in CATALOGUE and CATALOGUE[name].group != group:
                text = f"{name} belongs to the group {CATALOGUE[name].group}, not to {group}."
                raise Invalid({"permissions": text})
    return [name for names in permissions.values() for name in names]


def _end(seconds: int | None) -> datetime | None:
    """The end that lies this many seconds ahead; `None` for never.

    Raises:
        Invalid: for a number that is negative, or further away than ten years.
    """
    if not seconds:
        return None
    if not 0 < seconds <= _FURTHEST:
        raise Invalid({"expiresIn": f"expiresIn is {seconds}; it is a number of seconds from 0 to {_FURTHEST}."})
    return clock.now() + timedelta(seconds=seconds)


def _key_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchKey(NO_SUCH_KEY) from None


@contextmanager
def _named_as_on_the_wire() -> Iterator[None]:
    """Call the fields of an error as this contract does."""
    try:
        yield
    except Invalid as invalid:
        raise Invalid({_WIRE_NAMES.get(name, name): text for name, text in invalid.errors.items()}) from None


def _given(value: G | UnsetType) -> G | None:
    return None if isinstance(value, UnsetType) else value


def _fields(key: ApiKey) -> dict[str, Any]:
    return {
        "api_key_id": str(key.pk),
        "name": key.name,
        "permissions": {
            granted.group.name: [permission.name for permission in granted.permissions] for granted in key.scope.groups
        },
        "created": to_the_second(key.created_at),
        "expires": to_the_second(key.expires_at),
        "last_four": key.last_four,
        "last_used": to_the_second(key.last_used_at),
        "active": not (key.is_disabled or key.has_expired),
        "site_keys": None if key.reaches_all_sites else [site.site_key for site in key.sites.all()],
        "organization": key.organization.name if key.organization else None,
        "networks": key.networks,
    }
