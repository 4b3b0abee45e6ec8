"""What comes in and goes out, of access rules."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from apps.api.prosopo.schemas import Addressed, PowDifficulty, SiteKey
from apps.protection.conditions import Field

Handle = Annotated[str, Meta(description="The rule's handle: a hash over its conditions and its site")]
GroupId = Annotated[str, Meta(description="What rules can be deleted with; at most 64 characters")]
TypeName = Annotated[str, Meta(description="`block` or `restrict`", extra_json_schema={"enum": ["block", "restrict"]})]
CaptchaTypeName = Annotated[
    str,
    Meta(
        description="`image`, `puzzle` or `pow`: the harsher, the more work; there is no other challenge",
        extra_json_schema={"enum": ["image", "puzzle", "pow"]},
    ),
]
FieldName = Annotated[
    str, Meta(description="What the condition is about", extra_json_schema={"enum": [str(field) for field in Field]})
]
Expiry = Annotated[
    int | str | None,
    Meta(
        description="When the rule ends: a time in ISO 8601, epoch seconds or milliseconds, or seconds from now "
        "(less than 1,000,000,000); null for never; left out for one hour from now"
    ),
]
Count = Annotated[int | None, Meta(description="1 to 100; kept for clients that ask for it")]
Share = Annotated[float | None, Meta(description="0 to 1; kept for clients that ask for it")]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="From 1")]
Limit = Annotated[int, Meta(ge=1, le=10_000, description="How many a page has")]


class Condition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One condition: this field has exactly this value."""

    field: FieldName
    operator: Annotated[
        str, Meta(description="`equals`, the one that there is", extra_json_schema={"enum": ["equals"]})
    ] = "equals"
    value: Annotated[
        str | int,
        Meta(description="An address, a CIDR block, an id, a user agent, a country (`ZZ`: not known), a number"),
    ]


class NewRule(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A rule as it shall be."""

    type: TypeName
    conditions: Annotated[list[Condition], Meta(description="All of them must hold; each field once, at least one")]
    description: Annotated[str, Meta(description="At most 300 characters")] = ""
    expiry: Expiry | UnsetType = UNSET
    rule_group_id: GroupId | None = None
    site_key: Annotated[SiteKey | None, Meta(description="null, or left out, for all of the account's sites")] = None
    captcha_type: CaptchaTypeName | None = None
    solved_images_count: Count = None
    image_threshold: Share = None
    pow_difficulty: PowDifficulty | None = None
    unsolved_images_count: Count = None
    frictionless_score: Share = None
    defer_to_verify: Annotated[bool, Meta(description="Of a block: let them work, and refuse the solution")] = False


class RuleCreation(Addressed, kw_only=True):
    """The rule to make."""

    rule: NewRule


class ManyRules(Addressed, kw_only=True):
    """Which rules, and in which order."""

    page: PageNumber = 1
    limit: Limit = 100
    rule_group_id: GroupId = ""
    sort_by: Annotated[
        str,
        Meta(
            description="`createdAt`, `expiry`, `type`, `description` or `ruleGroupId`",
            extra_json_schema={"enum": ["createdAt", "expiry", "type", "description", "ruleGroupId"]},
        ),
    ] = "createdAt"
    sort_order: Annotated[str, Meta(description="`asc` or `desc`", extra_json_schema={"enum": ["asc", "desc"]})] = (
        "desc"
    )


class RuleByHash(Addressed, kw_only=True):
    """Which rule."""

    user_scope_hash: Handle


class GroupById(Addressed, kw_only=True):
    """Which group."""

    rule_group_id: GroupId


class Rule(msgspec.Struct, rename="camel", kw_only=True):
    """A rule."""

    user_scope_hash: Handle
    type: TypeName
    description: str
    conditions: list[Condition]
    expiry: Annotated[datetime | None, Meta(description="When it ends; null for never")]
    expired: Annotated[bool, Meta(description="Whether it has ended; it is listed for a week and acts no more")]
    rule_group_id: GroupId | None
    site_key: Annotated[SiteKey | None, Meta(description="null for all of the account's sites")]
    captcha_type: CaptchaTypeName | UnsetType = UNSET
    solved_images_count: int | UnsetType = UNSET
    unsolved_images_count: int | UnsetType = UNSET
    image_threshold: float | UnsetType = UNSET
    pow_difficulty: int | UnsetType = UNSET
    frictionless_score: float | UnsetType = UNSET
    defer_to_verify: bool
    created_at: Annotated[datetime, Meta(description="When it was made, or last replaced")]


class GroupAndCount(msgspec.Struct, rename="camel", kw_only=True):
    """A group, and how many rules it has."""

    rule_group_id: GroupId
    count: int


class Rules(msgspec.Struct, rename="camel", kw_only=True):
    """A page of the rules that the key reaches."""

    rules: list[Rule]
    rule_count: Annotated[int, Meta(description="Of all pages")]
    rule_groups_and_counts: list[GroupAndCount]
    page: int
    pages: int


class MadeRule(msgspec.Struct, rename="camel", kw_only=True):
    """The rule acts from the next request on."""

    status: str
    message: Annotated[str, Meta(description="Until when it acts, and whether it replaced another")]
    replaced: Annotated[bool, Meta(description="Whether there was a rule with the same conditions and site")]
    rule: Rule


class Done(msgspec.Struct):
    """It is done."""

    status: str


class GroupDeletion(msgspec.Struct, rename="camel"):
    """A task deletes the group's rules."""

    status: str
    job_id: Annotated[str, Meta(description="The task's id; its page in the dashboard shows what came of it")]
