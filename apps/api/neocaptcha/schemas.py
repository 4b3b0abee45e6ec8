"""What comes in and goes out. The page spells the Sites API's answers in camelCase, but its list in snake_case."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

AccountId = Annotated[UUID, msgspec.Meta(description="UUID of the account that the key belongs to")]
SiteName = Annotated[str, msgspec.Meta(description="Human-readable name, 1 to 255 characters")]
Origins = Annotated[
    list[str], msgspec.Meta(description="Origins (scheme://host[:port]) that the widget may be shown on, 1 to 100")
]
SiteKey = Annotated[str, msgspec.Meta(description="The site's public key", examples=["sk_live_4YHHuBqUnbKM4T4pqZK7sY"])]
SiteSecret = Annotated[str, msgspec.Meta(description="Shown in this answer only; store it in a secret manager")]


class CreateSite(msgspec.Struct, rename="camel"):
    """A new site."""

    name: SiteName
    allowed_origins: Origins
    account_id: AccountId


class CreatedSite(msgspec.Struct, rename="camel"):
    """A site and its secret, which no later answer shows again; a repeated request's has it masked."""

    site_key: SiteKey
    site_secret: SiteSecret
    name: str
    allowed_origins: list[str]
    is_active: bool
    created_at: datetime
    message: str


class ListSites(msgspec.Struct, rename="camel"):
    """Whose sites to list."""

    account_id: AccountId


class ListedSite(msgspec.Struct):
    """A site in the list."""

    site_key: SiteKey
    name: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    allowed_origins: list[str]


class SiteList(msgspec.Struct):
    """Every site of the account that the key reaches, inactive ones included, oldest first."""

    sites: list[ListedSite]


class UpdateSite(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field that is left out keeps its value."""

    name: SiteName | msgspec.UnsetType = msgspec.UNSET
    allowed_origins: Origins | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class Site(msgspec.Struct, rename="camel"):
    """One site."""

    site_key: SiteKey
    name: str
    allowed_origins: list[str]
    is_active: bool
    created_at: datetime
    updated_at: datetime


class Deactivated(msgspec.Struct):
    """The site is inactive now."""

    success: bool


class RotatedSecret(msgspec.Struct, rename="camel"):
    """The new secret, which no later answer shows again."""

    site_key: SiteKey
    new_site_secret: SiteSecret
    name: str
    updated_at: datetime
    message: str


class WhoAmI(msgspec.Struct, rename="camel"):
    """The key that was sent, and what it may do at this moment."""

    name: str
    account_id: UUID
    account_name: str
    permissions: list[str]
    expires_at: datetime | None


class SitesError(msgspec.Struct):
    """An error of the Sites API."""

    error: str


class Verify(msgspec.Struct, rename="camel"):
    """A visitor's solution, to be checked by the site's backend."""

    solution: str
    secret: str
    site_key: str
    expected_origin: str | msgspec.UnsetType = msgspec.UNSET


class Reason(msgspec.Struct):
    """Why a solution is not accepted."""

    code: str
    message: str


class Verified(msgspec.Struct, rename="camel", omit_defaults=True):
    """Whether the solution is good; `verifiedAt` when it is, `error` when it is not.

    `note` is this product's own, and says that nothing was checked.
    """

    success: bool
    request_id: str
    verified_at: datetime | None = None
    error: Reason | None = None
    note: str | msgspec.UnsetType = msgspec.UNSET


class VerifyProblem(msgspec.Struct):
    """Why the request could not be answered, and whether to try it again."""

    code: str
    message: str
    retryable: bool


class VerifyError(msgspec.Struct, rename="camel"):
    """An error of verification."""

    error: VerifyProblem
    request_id: str
