"""What comes in and goes out. Members that begin with `@` are JSON-LD's."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.sites.difficulty import DIFFICULTIES
from apps.sites.models import INITIAL_DELAYS, PARALLEL_CHALLENGES

JSON_LD = {"iri": "@id", "type": "@type", "total_items": "totalItems", "site_key": "siteKey"}

Label = Annotated[str, Meta(description="Display name, at most 255 characters; empty for none")]
Domain = Annotated[str, Meta(description="Hostname without protocol", examples=["example.com"])]
Train = Annotated[bool, Meta(description="Protection enabled (true) or disabled (false)")]
Difficulty = Annotated[
    int, Meta(ge=DIFFICULTIES[0], le=DIFFICULTIES[-1], description="Starting difficulty for new IPs")
]
InitialDelay = Annotated[
    int,
    Meta(ge=INITIAL_DELAYS[0], le=INITIAL_DELAYS[-1], description="Seconds before a challenge can be submitted"),
]
MaxParallel = Annotated[
    int, Meta(ge=PARALLEL_CHALLENGES[0], le=PARALLEL_CHALLENGES[-1], description="Most concurrent challenges per IP")
]
Level = Annotated[
    str, Meta(description="`write` or `read`", examples=["read"], extra_json_schema={"enum": ["write", "read"]})
]
SitekeyReference = Annotated[
    int | str, Meta(description="The sitekey's `id`, or its IRI: `/captcha_sitekeys/{id}`", examples=[42])
]
Secret = Annotated[str, Meta(description="Whole in the answer that creates it, masked in every other")]
Page = Annotated[int, Meta(ge=1, description="Page of 30, from 1")]


# --- Errors ------------------------------------------------------------------------------------------------------


class Problem(msgspec.Struct):
    """An error (RFC 9457)."""

    title: str
    detail: str
    status: int
    type: str = "about:blank"


class FieldViolation(msgspec.Struct, rename="camel"):
    """What is wrong with one field."""

    property_path: str
    message: str
    code: str


class FieldProblem(msgspec.Struct, kw_only=True):
    """An error in the request's fields (RFC 9457)."""

    title: str
    detail: str
    status: int
    type: str = "about:blank"
    violations: list[FieldViolation]


class Unauthenticated(msgspec.Struct):
    """No working credential."""

    code: int
    message: str


# --- Signing in --------------------------------------------------------------------------------------------------


class SignIn(msgspec.Struct, rename="camel"):
    """A person's address and password."""

    email: str
    password: str
    remember_me: Annotated[bool, Meta(description="Whether the token works for 24 hours instead of one")] = False


class SignedIn(msgspec.Struct):
    """A token that acts as the person."""

    success: bool
    token: str


# --- Collections -------------------------------------------------------------------------------------------------


class Paging(msgspec.Struct):
    """Which page."""

    page: Page = 1


class View(msgspec.Struct, rename=JSON_LD):
    """Where a page stands among the others; there where there is more than one."""

    iri: str
    first: str
    last: str
    previous: str | UnsetType = UNSET
    next: str | UnsetType = UNSET
    type: str = "PartialCollectionView"


class Collection(msgspec.Struct, rename=JSON_LD, kw_only=True):
    """What every collection has besides its members."""

    iri: str
    type: str = "Collection"
    total_items: int
    view: View | UnsetType = UNSET


# --- Sitekeys ----------------------------------------------------------------------------------------------------


class Sitekey(msgspec.Struct, rename=JSON_LD, kw_only=True):
    """One site; `secret` is for its owners."""

    iri: str
    type: str = "CaptchaSitekey"
    id: int
    site_key: str
    label: str
    domain: str
    train: Train
    initial_difficulty: Difficulty
    initial_delay: InitialDelay
    max_parallel: MaxParallel
    permission: Annotated[str, Meta(description="What the caller may do: `owner`, `write` or `read`")]
    secret: Secret | UnsetType = UNSET


class SitekeyCollection(Collection, rename=JSON_LD, kw_only=True):
    """Every sitekey that the caller may read, oldest first."""

    member: list[Sitekey]


class NewSitekey(msgspec.Struct, forbid_unknown_fields=True):
    """A new site."""

    domain: Domain
    label: Label | None = None


class SitekeyPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change (RFC 7396); a field that is left out keeps its value, and `null` empties the label."""

    label: Label | UnsetType | None = UNSET
    train: Train | UnsetType = UNSET
    initial_difficulty: Difficulty | UnsetType = UNSET
    initial_delay: InitialDelay | UnsetType = UNSET
    max_parallel: MaxParallel | UnsetType = UNSET


# --- Permissions -------------------------------------------------------------------------------------------------


class OfSitekey(msgspec.Struct):
    """Whose permissions, and which page."""

    sitekey_id: Annotated[int, Meta(description="The sitekey's `id`")]
    page: Page = 1


class Permission(msgspec.Struct, rename=JSON_LD, kw_only=True):
    """What one person may do with one site."""

    iri: str
    type: str = "SitekeyPermission"
    id: Annotated[int, Meta(description="Negative while it waits for the address to be verified")]
    email: str
    firstname: str
    lastname: str
    permission: Level
    created_at: datetime


class PermissionCollection(Collection, rename=JSON_LD, kw_only=True):
    """Who a site is shared with, oldest first."""

    member: list[Permission]


class Grant(msgspec.Struct, forbid_unknown_fields=True):
    """Let a person read or write a site."""

    sitekey_id: SitekeyReference
    email: str
    permission: Level


class Granted(Permission, rename=JSON_LD, kw_only=True):
    """The permission, with a confirmation."""

    message: str


class PermissionPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What the person may do from now on."""

    permission: Level


# --- Additional secrets ------------------------------------------------------------------------------------------


class CaptchaSecret(msgspec.Struct, rename=JSON_LD, kw_only=True):
    """One of a site's secrets."""

    iri: str
    type: str = "CaptchaSecret"
    id: int
    secret: Secret
    label: str
    created_at: datetime
    last_used_at: datetime | None


class CaptchaSecretCollection(Collection, rename=JSON_LD, kw_only=True):
    """A site's live secrets, newest first."""

    member: list[CaptchaSecret]


class NewCaptchaSecret(msgspec.Struct, forbid_unknown_fields=True):
    """One more secret for a site."""

    sitekey: SitekeyReference
    label: Label = ""


# --- Statistics --------------------------------------------------------------------------------------------------


class StatisticsQuery(msgspec.Struct):
    """Of which sites, and of which days."""

    max_days: Annotated[int, Meta(ge=1, le=366, description="How many days, 1 to 366")] = 30
    per_day: Annotated[int, Meta(ge=0, le=1, description="1 for a row a day")] = 0
    sitekey: Annotated[str, Meta(description="A site's `id` or `siteKey`; by default all of them")] = ""
    start_date: Annotated[str, Meta(description="The first day, as YYYY-MM-DD; by default the last `max_days`")] = ""


class Count(msgspec.Struct):
    """How often something happened."""

    action_type: Annotated[
        str,
        Meta(
            description="`VFC` challenge issued, `ASC` solved automatically, `VSC` solved by the visitor, "
            "`ACC` accepted at verify, `BLK` blocked"
        ),
    ]
    count: int
    date_at: date | UnsetType = UNSET


# --- Verification ------------------------------------------------------------------------------------------------


class Token(msgspec.Struct):
    """What the widget sent, to be checked; in the documented spelling, or in that of the published clients."""

    sitekey: str | None = None
    secret: str | None = None
    client_token: Annotated[str | None, Meta(description="What the widget sent; or `response`")] = None
    response: Annotated[str | None, Meta(description="What the widget sent; or `client_token`")] = None
    client_ip: Annotated[str | None, Meta(description="The visitor's address; or `remote`")] = None
    remote: Annotated[str | None, Meta(description="The visitor's address; or `client_ip`")] = None
    client_user_agent: str | None = None


class TokenVerified(msgspec.Struct, rename={"error_codes": "error-codes"}):
    """Whether the visitor may pass; `train` is true when nothing was checked."""

    success: bool
    train: bool
    error_codes: list[str] | UnsetType = UNSET
    test: Annotated[bool, Meta(description="Sent with a test key: nothing was checked")] | UnsetType = UNSET


class SiteCredentials(msgspec.Struct):
    """A site key and a secret."""

    sitekey: str
    secret: str


class CredentialsVerified(msgspec.Struct):
    """Whether they belong together."""

    valid: bool


class VerifyTokenError(msgspec.Struct):
    """An error of verification."""

    success: bool
    error: str
    message: str
