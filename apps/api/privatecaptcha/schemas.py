"""What comes in and goes out. Every answer is an envelope: `meta`, and `data` where there is any."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.sites.models import VALIDITIES

OrganizationId = Annotated[str, Meta(description="The organization's id, at least 10 characters of `[A-Za-z0-9]`")]
OrganizationName = Annotated[
    str,
    Meta(description="1 to 255 bytes: letters, digits, spaces and `'-_&.:()[]`; no other one of the account has it"),
]
PropertyId = Annotated[str, Meta(description="The property's id, at least 10 characters of `[A-Za-z0-9]`")]
PropertyName = Annotated[
    str,
    Meta(
        description="1 to 255 bytes: letters, digits, spaces and `'-_.:()[]`; no other one of the organization has it"
    ),
]
Domain = Annotated[str, Meta(description="A public host name; of an address, the host is taken")]
SiteKey = Annotated[str, Meta(description="The public key, 32 hexadecimal digits")]
TaskId = Annotated[str, Meta(description="32 hexadecimal digits")]
Level = Annotated[int | None, Meta(description="1 to 255; another number is moved to the nearest of these")]
GrowthName = Annotated[
    str | None, Meta(description="`constant`, `slow`, `medium` or `fast`; anything else is taken for `medium`")
]
Validity = Annotated[
    int | None,
    Meta(description=f"Seconds, moved to the nearest of {', '.join(map(str, VALIDITIES))}"),
]
Replays = Annotated[int | None, Meta(description="1 to 1,000,000; another number is moved to the nearest of these")]
Subdomains = Annotated[bool | None, Meta(description="Whether the widget works on every subdomain")]
Localhost = Annotated[bool | None, Meta(description="Whether it works on localhost and 127.0.0.1")]


# --- The envelope ------------------------------------------------------------------------------------------------


class Outcome(msgspec.Struct):
    """What became of the request."""

    code: Annotated[int, Meta(description="1000 for success, else the reason")]
    description: Annotated[str, Meta(description="The same in words")]
    request_id: Annotated[str, Meta(description="As in `X-Request-ID` and `X-Trace-ID`")]


class Refusal(msgspec.Struct):
    """An answer without data: something was wrong."""

    meta: Outcome


# --- Organizations -----------------------------------------------------------------------------------------------


class NewOrganization(msgspec.Struct, forbid_unknown_fields=True):
    """A new organization."""

    name: OrganizationName = ""
    id: Annotated[str, Meta(description="Empty, or left out")] | None = None


class OrganizationChange(msgspec.Struct, forbid_unknown_fields=True):
    """An organization's new name."""

    id: OrganizationId = ""
    name: OrganizationName = ""


class OrganizationById(msgspec.Struct, forbid_unknown_fields=True):
    """Which organization."""

    id: OrganizationId = ""
    name: Annotated[str, Meta(description="Taken and ignored")] | None = None


class Organization(msgspec.Struct):
    """A named group of properties."""

    id: OrganizationId
    name: str


class OrganizationAnswer(msgspec.Struct):
    """One organization."""

    meta: Outcome
    data: Organization | UnsetType = UNSET


class OrganizationsAnswer(msgspec.Struct):
    """The organizations that the key knows of, oldest first."""

    meta: Outcome
    data: list[Organization] | UnsetType = UNSET


class DeletedOrganizationAnswer(msgspec.Struct):
    """The organization is deleted; there is no data."""

    meta: Outcome


# --- Properties --------------------------------------------------------------------------------------------------


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of a list, in which order."""

    page: Annotated[int, Meta(ge=0, description="From 0")] = 0
    per_page: Annotated[int, Meta(ge=0, description="1 to 50; more is taken for 50")] = 50
    sort: Annotated[
        str, Meta(description="`date_asc`, `date_desc`, `name_asc` or `name_desc`; anything else is `date_asc`")
    ] = "date_asc"


class PropertySettings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The settings; one that is left out, or null, has its usual value, or keeps the one that it has."""

    level: Level | UnsetType = UNSET
    growth: GrowthName | UnsetType = UNSET
    validity_seconds: Validity | UnsetType = UNSET
    allow_subdomains: Subdomains | UnsetType = UNSET
    allow_localhost: Localhost | UnsetType = UNSET
    max_replay_count: Replays | UnsetType = UNSET


class NewProperty(PropertySettings, kw_only=True):
    """A new property."""

    name: PropertyName = ""
    domain: Domain = ""


class PropertyChange(PropertySettings, kw_only=True):
    """What to change; a field that is left out keeps its value. `name` and `domain` are this product's own."""

    id: PropertyId = ""
    name: PropertyName | UnsetType = UNSET
    domain: Domain | UnsetType = UNSET


class ListedProperty(msgspec.Struct):
    """A property in a list."""

    id: PropertyId
    name: str
    sitekey: SiteKey


class Pagination(msgspec.Struct):
    """Which part of the list this is."""

    page: int
    per_page: int
    has_more: Annotated[bool, Meta(description="Whether another page follows")]


class PropertyPage(msgspec.Struct):
    """A part of an organization's properties."""

    properties: list[ListedProperty]
    pagination: Pagination


class PropertiesAnswer(msgspec.Struct):
    """A part of an organization's properties; `pagination` stands in both places that the vendor has it in."""

    meta: Outcome
    data: PropertyPage | UnsetType = UNSET
    pagination: Pagination | UnsetType = UNSET


class Property(msgspec.Struct):
    """A property with its settings."""

    id: PropertyId
    name: str
    domain: Annotated[str, Meta(description="The first of its hosts")]
    sitekey: SiteKey
    level: int
    growth: str
    validity_seconds: int
    allow_subdomains: bool
    allow_localhost: bool
    max_replay_count: int


class PropertyAnswer(msgspec.Struct):
    """One property."""

    meta: Outcome
    data: Property | UnsetType = UNSET


# --- Tasks -------------------------------------------------------------------------------------------------------


class StartedTask(msgspec.Struct):
    """The task that does it."""

    id: TaskId


class StartedTaskAnswer(msgspec.Struct):
    """The task that does it; `/asynctask/{id}` tells how far it is."""

    meta: Outcome
    data: StartedTask | UnsetType = UNSET


class ItemResult(msgspec.Struct):
    """What became of one item. `id`, `sitekey` and `description` are this product's own."""

    code: Annotated[int, Meta(description="1000 for success, else the reason")]
    id: PropertyId | UnsetType = UNSET
    sitekey: SiteKey | UnsetType = UNSET
    description: Annotated[str, Meta(description="What went wrong, in words")] | UnsetType = UNSET


class TaskState(msgspec.Struct):
    """How far a task is."""

    id: TaskId
    finished: bool
    result: Annotated[list[ItemResult] | None, Meta(description="One for each item, in their order; null until then")]


class TaskAnswer(msgspec.Struct):
    """How far a task is."""

    meta: Outcome
    data: TaskState | UnsetType = UNSET


# --- Verification ------------------------------------------------------------------------------------------------

VerifyNumber = Annotated[
    int,
    Meta(
        ge=0,
        le=12,
        description="0 verified, 1 other, 3 invalid, 4 bad format, 5 expired, 6 no such property, 7 another owner's, "
        "8 verified before, 9 not checked: protection is off, 10 a test, 11 not signed here, 12 another organization's",
    ),
]


class VerifiedSolution(msgspec.Struct):
    """Whether the visitor may pass: `success`, and the number says why, or why not."""

    success: bool
    code: VerifyNumber
    origin: Annotated[str, Meta(description="The host of the page that it was solved on")] | UnsetType = UNSET
    timestamp: Annotated[datetime, Meta(description="When the challenge was given")] | UnsetType = UNSET


class VerifySolutionError(msgspec.Struct):
    """A request that could not be answered: never a success."""

    success: bool
    code: VerifyNumber
    meta: Outcome
