"""What comes in and goes out, of suggested rules."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.api.prosopo.rule_schemas import Condition, Expiry, GroupId, Handle, Limit, PageNumber, TypeName
from apps.api.prosopo.schemas import Addressed, SiteKey

SuggestionId = Annotated[UUID, Meta(description="The suggestion's id, as lists give it")]
StatusName = Annotated[
    str,
    Meta(description="`open`, `applied` or `dismissed`", extra_json_schema={"enum": ["open", "applied", "dismissed"]}),
]


class ManySuggestions(Addressed, kw_only=True):
    """Which suggestions; without a status, those that are open."""

    site_key: SiteKey = ""
    status: StatusName = "open"
    page: PageNumber = 1
    limit: Limit = 100


class SuggestionById(Addressed, kw_only=True):
    """Which suggestion."""

    suggestion_id: SuggestionId


class SuggestionChoice(Addressed, kw_only=True):
    """Which suggestions become rules, and until when these act."""

    suggestion_ids: Annotated[list[SuggestionId], Meta(description="1 to 500")]
    expiry: Expiry | UnsetType = UNSET


class Evidence(msgspec.Struct, rename="camel", kw_only=True):
    """What the site's records of 24 hours say. What a rule has decided already is not counted."""

    attempts: Annotated[int, Meta(description="Of the group")]
    failures: Annotated[int, Meta(description="Of the group: those that did not pass")]
    failure_rate: Annotated[float, Meta(description="0 to 1")]
    site_attempts: Annotated[int, Meta(description="Of the site's other visitors")]
    site_failure_rate: Annotated[float, Meta(description="Of the site's other visitors, 0 to 1")]
    unique_ips: Annotated[int, Meta(description="Different addresses of the group; 0 where none are kept")]


class Suggestion(msgspec.Struct, rename="camel", kw_only=True):
    """A rule that the records speak for."""

    suggestion_id: SuggestionId
    site_key: SiteKey
    status: StatusName
    type: TypeName
    conditions: list[Condition]
    evidence: Evidence
    user_scope_hash: Annotated[Handle | None, Meta(description="Of the rule that was made of it; null without one")]
    created_at: datetime
    seen_at: Annotated[datetime, Meta(description="When the records last spoke for it")]


class Suggestions(msgspec.Struct, kw_only=True):
    """A page of suggestions, those with the most failures first."""

    suggestions: list[Suggestion]
    page: int
    pages: int


class AppliedSuggestions(msgspec.Struct, rename="camel", kw_only=True):
    """The rules act from the next request on."""

    status: str
    applied: Annotated[int, Meta(description="How many rules were made")]
    skipped: Annotated[int, Meta(description="How many suggestions had their rule already")]
    rule_group_id: Annotated[GroupId | None, Meta(description="What the rules can be deleted with; null for none")]
