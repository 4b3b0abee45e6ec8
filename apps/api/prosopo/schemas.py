"""What comes in and goes out, of sites and people."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.sites.difficulty import POW_DIFFICULTIES

SiteKey = Annotated[
    str, Meta(description="The site's key, in any spelling", examples=["sk_live_4YHHuBqUnbKM4T4pqZK7sY"])
]
SiteName = Annotated[
    str, Meta(description="1 to 255 letters, digits, `-` and `_`; no other site of the account has it")
]
Domains = Annotated[
    list[str],
    Meta(description="Hosts that the widget works on, 1 to 100; `*.example.com` for every subdomain of one"),
]
CaptchaType = Annotated[str, Meta(description="`pow`, the one type that there is", extra_json_schema={"enum": ["pow"]})]
PowDifficulty = Annotated[
    int,
    Meta(
        ge=POW_DIFFICULTIES[0],
        le=POW_DIFFICULTIES[-1],
        description="How hard a challenge is at first; one more is 16 times the work",
    ),
]
Email = Annotated[str, Meta(description="E-mail address")]
RoleName = Annotated[
    str,
    Meta(
        description="`admin`, `viewer`, `member` or `auditor`; an owner is made in the dashboard",
        extra_json_schema={"enum": ["admin", "viewer", "member", "auditor"]},
    ),
]
Ignored = Annotated[Any, Meta(description="Taken and ignored: the account is the API key's")]


# --- Errors ------------------------------------------------------------------------------------------------------


class Required(msgspec.Struct):
    """The permission that the API key lacks."""

    required: str


class PortalProblem(msgspec.Struct):
    """What went wrong: in a status, a sentence, and a key for programs."""

    code: int
    message: str
    key: str
    data: Required | UnsetType = UNSET


class PortalError(msgspec.Struct):
    """An error."""

    error: PortalProblem


# --- What every body may carry -----------------------------------------------------------------------------------


class Addressed(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What the vendor's own portal sends along with everything."""

    account_id: Ignored = UNSET
    token: Ignored = UNSET


# --- Sites -------------------------------------------------------------------------------------------------------


class NewSettings(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The settings of a new site."""

    domains: Domains
    captcha_type: CaptchaType = "pow"
    pow_difficulty: PowDifficulty | UnsetType = UNSET


class SettingsChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The settings to change; one that is left out keeps its value."""

    domains: Domains | UnsetType = UNSET
    captcha_type: CaptchaType = "pow"
    pow_difficulty: PowDifficulty | UnsetType = UNSET


class AllSites(Addressed, kw_only=True):
    """Nothing is needed."""


class SiteByKey(Addressed, kw_only=True):
    """Which site."""

    site_key: SiteKey


class NewPortalSite(Addressed, kw_only=True):
    """A new site."""

    name: SiteName
    settings: NewSettings


class PortalSiteChange(Addressed, kw_only=True):
    """What to change; a field that is left out keeps its value."""

    site_key: SiteKey
    name: SiteName | UnsetType = UNSET
    settings: SettingsChange | UnsetType = UNSET
    is_default: Annotated[bool, Meta(description="`false`; here no site is the default one")] | UnsetType = UNSET


class Settings(msgspec.Struct, rename="camel", kw_only=True):
    """A site's settings."""

    domains: Domains
    captcha_type: CaptchaType
    pow_difficulty: PowDifficulty


class PortalSite(msgspec.Struct, rename="camel", kw_only=True):
    """A site."""

    site_key: SiteKey
    secret_key: Annotated[
        str | None,
        Meta(
            description="Whole in the answer that creates the site; later its last four characters, or null where "
            "there is none or the caller may not know"
        ),
    ]
    name: str
    active: Annotated[bool, Meta(description="Whether it verifies; false once it was deleted")]
    is_default: Annotated[bool, Meta(description="Always false")] = False
    settings: Settings
    created_at: datetime
    updated_at: datetime


class PortalSites(msgspec.Struct):
    """Every site that the key reaches, deactivated ones included, oldest first."""

    sites: list[PortalSite]


class DeactivatedPortalSite(msgspec.Struct, rename="camel"):
    """The site is inactive now."""

    success: bool
    deactivated_site_key: SiteKey


# --- People ------------------------------------------------------------------------------------------------------


class AllUsers(Addressed, kw_only=True):
    """Nothing is needed."""


class NewPortalUser(Addressed, kw_only=True):
    """Whom to invite."""

    email: Email
    name: Annotated[str, Meta(description="Not kept: whoever accepts an invitation says how they are called")]
    role: RoleName


class PortalUserChange(Addressed, kw_only=True):
    """What to change; `role` and `userType` are two names of one field."""

    email: Email
    name: Annotated[str, Meta(description="As it is: people here name themselves")] | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET
    user_type: RoleName | UnsetType = UNSET


class UserByEmail(Addressed, kw_only=True):
    """Who."""

    email: Email


class PortalUser(msgspec.Struct, rename="camel", kw_only=True):
    """Somebody who belongs to the account, or is invited into it."""

    email: Email
    name: str
    role: Annotated[str, Meta(description="`owner`, `admin`, `member`, `viewer` or `auditor`")]
    status: Annotated[
        str, Meta(description="`active`, `deactivated`, `invited`, or `expired` for an invitation whose time is over")
    ]
    created_at: datetime


class PortalUsers(msgspec.Struct):
    """The account's people, owners first, then its invitations."""

    users: list[PortalUser]


class InvitedPortalUser(PortalUser, rename="camel", kw_only=True):
    """The invitation."""

    message: Annotated[str, Meta(description="What became of its mail")]
    invitation_link: Annotated[
        str | None, Meta(description="Where mail is not set up: the link, in this answer only; pass it on")
    ]


class DeletedPortalUser(msgspec.Struct, rename="camel"):
    """The person has no access any more, or the invitation's link has stopped."""

    success: bool
    deleted_user_email: Email
