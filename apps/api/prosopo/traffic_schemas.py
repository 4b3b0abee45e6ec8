"""What comes in and goes out, of traffic and records."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.api.prosopo.schemas import Addressed, SiteKey
from apps.protection.outcomes import Outcome
from apps.protection.record_models import Device

LONGEST_TEXT = 300

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Milliseconds = Annotated[int, Meta(ge=0, le=253_370_764_799_999, description="A moment, in milliseconds since 1970")]
DayOrMoment = Annotated[
    int | str,
    Meta(description="Milliseconds since 1970, a day in UTC (`2026-11-21`) or a time (`2026-11-21T08:00:00Z`)"),
]

SiteKeys = Annotated[list[SiteKey], Meta(max_length=500, description="By default every site of the key")]


# --- Traffic -----------------------------------------------------------------------------------------------------


class TrafficQuestion(Addressed, kw_only=True):
    """Which sites, and which time: from a date to another, or one month."""

    site_keys: (
        Annotated[list[SiteKey], Meta(max_length=500, description="By default every site of the key")] | UnsetType
    ) = UNSET
    start_date: DayOrMoment | UnsetType = UNSET
    end_date: DayOrMoment | UnsetType = UNSET
    month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    year: Annotated[int, Meta(ge=2000, le=9998)] | UnsetType = UNSET


class Place(msgspec.Struct, omit_defaults=True):
    """Which hour or day, of UTC."""

    y: int
    m: int
    d: int
    h: Annotated[int, Meta(description="Where rows are hours")] | UnsetType = UNSET


class Counts(msgspec.Struct, rename="camel", kw_only=True):
    """How many."""

    issued: Annotated[int, Meta(description="Challenges")] = 0
    user_submitted: Annotated[int, Meta(description="Challenges whose solution arrived")] = 0
    server_checked: Annotated[int, Meta(description="Verifications, but for those that a rule blocked")] = 0
    approved: Annotated[int, Meta(description="Verifications that passed")] = 0
    disapproved: Annotated[int, Meta(description="Verifications that did not")] = 0
    blocked: Annotated[int, Meta(description="Refused to a visitor by a rule or a limit")] = 0


class TrafficRow(msgspec.Struct):
    """One hour or day."""

    place: Place = msgspec.field(name="_id")
    pow: Counts
    image: Annotated[Counts, Meta(description="Always zero: challenges here are proof of work")] = msgspec.field(
        default_factory=Counts
    )


class LiveQuestion(Addressed, kw_only=True):
    """Which site, and how long and how finely to look back."""

    site_key: SiteKey
    window_minutes: Annotated[int, Meta(ge=5, le=360)] = 60
    bucket_seconds: Annotated[int, Meta(ge=30, le=3600)] = 60


class Point(msgspec.Struct, kw_only=True):
    """The challenges of one bucket that were answered or blocked."""

    timestamp: Annotated[int, Meta(description="When the bucket begins, in milliseconds since 1970")]
    sessions: int
    approved: int
    disapproved: int
    blocked: int


class TopIp(msgspec.Struct, kw_only=True):
    """An address, and how many challenges came from it."""

    ip: str
    count: int


class LiveAnswer(msgspec.Struct, rename="camel", kw_only=True):
    """What happens now."""

    points: list[Point]
    window_minutes: int
    bucket_seconds: int
    unique_ips: int
    top_ips: Annotated[list[TopIp], Meta(description="At most 10; none where addresses are not kept")]


# --- Records -----------------------------------------------------------------------------------------------------


class Criteria(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What records must be like. The last four are not known here: they narrow nothing, and the answer names them."""

    ip: Annotated[Text, Meta(description="An address, or a network as the records show it")] = ""
    ja4: Text = ""
    user_agent: Annotated[Text, Meta(description="A part of it")] = ""
    user_account: Annotated[Text, Meta(description="What your backend calls the visitor")] = ""
    country_code: Text = ""
    device_type: Annotated[Text, Meta(description=", ".join(f"`{device.value}`" for device in Device))] = ""
    status: Annotated[Text, Meta(description="`approved`, `disapproved` or `blocked`")] = ""
    selection_reason: Annotated[Text, Meta(description="`accessRule` or `siteSettings`, whichever decided")] = ""
    result_reason: Annotated[Text, Meta(description=", ".join(f"`{outcome.value}`" for outcome in Outcome))] = ""
    access_rule: Annotated[Text, Meta(description="The rule's `userScopeHash`")] = ""
    policy_type: Annotated[Text, Meta(description="`block` or `restrict`")] = ""
    free_text: Annotated[Text, Meta(description="A part of any text of a record, or its id")] = ""
    vpn: Any = UNSET
    web_view: Any = UNSET
    i_frame: Any = UNSET
    triggered_detectors: Any = UNSET


class Pagination(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Which page: the one after the last record of another, whose answer tells both."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    last_id: Annotated[str, Meta(max_length=64)] | None = None
    last_timestamp: Milliseconds | None = None


class RecordsQuestion(Addressed, kw_only=True):
    """Which records; by default those of the last 7 days, at most those of 30."""

    site_key: SiteKey | UnsetType = UNSET
    captcha_type: Annotated[Text, Meta(description="`pow`; of another type there is none")] = "pow"
    search_criteria: Criteria = msgspec.field(default_factory=Criteria)
    start_date: Milliseconds | UnsetType = UNSET
    end_date: Milliseconds | UnsetType = UNSET
    pagination: Pagination = msgspec.field(default_factory=Pagination)


class Record(msgspec.Struct, rename="camel", kw_only=True):
    """What became of one challenge. Moments are milliseconds since 1970."""

    id: str
    site_key: SiteKey
    captcha_type: str = "pow"
    timestamp: Annotated[int, Meta(description="When it was first answered, or blocked")]
    issued_at: int | None
    answered_at: int | None
    status: str
    result_reason: str
    selection_reason: str
    blocked_because: str
    verifications: Annotated[int, Meta(description="How many passed")]
    refusals: Annotated[int, Meta(description="How many did not, or how often no challenge was given")]
    solve_ms: int | None
    level: Annotated[int, Meta(description="How hard it was, 1 to 255")]
    ip: Annotated[str, Meta(description="The address, its network, or empty, as far as this installation keeps it")]
    user_agent: str
    device_type: str
    country_code: str
    asn: int
    ja4: str
    user_account: str
    origin: str
    policy_type: str
    access_rule: Annotated[dict[str, Any] | None, Meta(description="The rule that acted, as it was then")]


class Records(msgspec.Struct, rename="camel", kw_only=True):
    """A page of records, newest first."""

    records: list[Record]
    total: int
    total_is_exact: Annotated[bool, Meta(description="Whether these are all; else there are more than `total`")]
    limit: int
    has_more: bool
    last_id: Annotated[str | None, Meta(description="For `pagination.lastId` of the next page")]
    last_timestamp: Annotated[int | None, Meta(description="For `pagination.lastTimestamp` of the next page")]
    ignored_criteria: Annotated[
        list[str], Meta(description="Criteria that are not known here, so they narrowed nothing")
    ]
