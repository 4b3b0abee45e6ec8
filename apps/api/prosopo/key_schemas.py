"""What comes in and goes out, of API keys."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.api.prosopo.schemas import Addressed, SiteKey

KeyName = Annotated[str, Meta(description="A label, 1 to 120 characters")]
KeyId = Annotated[str, Meta(description="The key's id, as lists give it")]
Grouped = Annotated[
    dict[str, list[str]], Meta(description="Names by group", examples=[{"Sites": ["getSite", "getSites"]}])
]
Permissions = Annotated[
    dict[str, list[str]] | list[str],
    Meta(description="Names by group, or in one list; at least one, each held by the key that asks"),
]
ExpiresIn = Annotated[int | None, Meta(description="Seconds until it ends; 0, null or nothing for never")]
Networks = Annotated[list[str], Meta(description="CIDR blocks that the key may be used from; none for everywhere")]


class AllKeys(Addressed, kw_only=True):
    """Nothing is needed."""


class NewKey(Addressed, kw_only=True):
    """A new key. `siteKeys` and `networks` are this product's own."""

    name: KeyName
    permissions: Permissions
    expires_in: ExpiresIn = None
    site_keys: (
        Annotated[list[SiteKey], Meta(description="The sites that it reaches; left out, those of the asking key")]
        | UnsetType
    ) = UNSET
    networks: Networks | UnsetType = UNSET


class KeyChange(Addressed, kw_only=True):
    """What to narrow; a field that is left out keeps its value. A key is never widened."""

    api_key_id: KeyId
    name: KeyName | UnsetType = UNSET
    permissions: Permissions | UnsetType = UNSET
    expires_in: ExpiresIn | UnsetType = UNSET
    site_keys: list[SiteKey] | UnsetType = UNSET
    networks: Networks | UnsetType = UNSET


class KeyById(Addressed, kw_only=True):
    """Which key."""

    api_key_id: KeyId


class Key(msgspec.Struct, rename="camel", kw_only=True):
    """What is known of a key: never its token."""

    api_key_id: KeyId
    name: KeyName
    permissions: Grouped
    created: datetime
    expires: Annotated[datetime | None, Meta(description="null for never")]
    last_four: Annotated[str, Meta(description="The last four characters of its newest token")]
    last_used: Annotated[datetime | None, Meta(description="To the minute; null for never")]
    active: Annotated[bool, Meta(description="False once it is disabled or has expired")]
    site_keys: Annotated[
        list[SiteKey] | None,
        Meta(description="The sites that it is limited to; null for all, none for an organization"),
    ]
    organization: Annotated[
        str | None,
        Meta(description="The name of the one organization whose sites it reaches, future ones too; else null"),
    ]
    networks: Networks


class CreatedKey(Key, rename="camel", kw_only=True):
    """A new key, with its token in this answer only."""

    api_key: Annotated[str, Meta(description="The token, `nct_…`: keep it now, it is never shown again")]


class Keys(msgspec.Struct, rename="camel"):
    """The keys that the asking key may know of, the newest first."""

    api_keys: list[Key]


class DeletedKey(msgspec.Struct, rename="camel"):
    """The key is refused from its next request on."""

    success: bool
    deleted_api_key_id: KeyId
