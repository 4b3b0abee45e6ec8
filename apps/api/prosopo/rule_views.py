"""Access rules: who is blocked or has to work harder."""

from typing import Any, Final

from django.db.models import F

from apps.api.contract import Call
from apps.api.prosopo import rule_schemas as schemas
from apps.api.prosopo.contracts import CHANGING_STATUSES, READING_STATUSES, portal_api, reads
from apps.api.prosopo.expiry import read_expiry
from apps.api.times import to_the_second
from apps.permissions.refusals import Invalid
from apps.protection import rules
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_models import Rule

SUCCESS: Final = "success"
_ORDERS: Final = {
    "createdAt": "created_at",
    "expiry": "expires_at",
    "type": "type",
    "description": "description",
    "ruleGroupId": "group",
}


@portal_api.endpoint(
    "GET",
    "/v1/prosopo/provider/admin/rules",
    summary="List access rules, by the address of the vendor's own example",
    permission="getRules",
    query=schemas.ManyRules,
    answer=schemas.Rules,
    statuses=READING_STATUSES,
)
def admin_rules(call: Call) -> schemas.Rules:
    """The same as `/access-control/get`."""
    return _page(call, call.query)


@reads(
    "/access-control/get",
    summary="List access rules",
    permission="getRules",
    asks=schemas.ManyRules,
    answer=schemas.Rules,
)
def rules_get(call: Call) -> schemas.Rules:
    """A page of the rules of the sites that the key reaches, and of the whole account where it reaches all."""
    return _page(call, call.body)


@portal_api.endpoint(
    "POST",
    "/access-control/create",
    summary="Make an access rule",
    permission="createRule",
    body=schemas.RuleCreation,
    answer=schemas.MadeRule,
    statuses=CHANGING_STATUSES,
)
def rules_create(call: Call) -> schemas.MadeRule:
    """Make a rule, or replace the one with the same conditions and site. Without `expiry` it acts for one hour."""
    body: schemas.NewRule = call.body.rule
    made = rules.create_rule(call.actor, wanted=_wanted(body), site_key=body.site_key or "")
    return schemas.MadeRule(status=SUCCESS, message=_message(made), replaced=made.replaces, rule=shown(made.rule))


@portal_api.endpoint(
    "POST",
    "/access-control/delete",
    summary="Delete an access rule",
    permission="deleteRule",
    body=schemas.RuleByHash,
    answer=schemas.Done,
    statuses=CHANGING_STATUSES,
)
def rules_delete(call: Call) -> schemas.Done:
    """Delete a rule from the next request on. Doing it again within a week changes nothing; an unknown one: 404."""
    rules.delete_rule(call.actor, handle=call.body.user_scope_hash)
    return schemas.Done(SUCCESS)


@portal_api.endpoint(
    "POST",
    "/access-control/group/delete",
    summary="Delete all access rules of a group",
    permission="deleteRuleGroup",
    body=schemas.GroupById,
    answer=schemas.GroupDeletion,
    statuses=CHANGING_STATUSES,
)
def rule_groups_delete(call: Call) -> schemas.GroupDeletion:
    """Start a task that deletes the group's rules, all or none. A group that no rule ever had: 404."""
    task = rules.start_group_deletion(call.actor, group=call.body.rule_group_id)
    return schemas.GroupDeletion(SUCCESS, str(task.pk))


def shown(rule: Rule) -> schemas.Rule:
    """A rule as this contract tells it."""
    options: dict[str, Any] = rule.options
    return schemas.Rule(
        user_scope_hash=rule.handle,
        type=rule.type,
        description=rule.description,
        conditions=[schemas.Condition(field=field, value=value) for field, value in rule.conditions.items()],
        expiry=to_the_second(rule.expires_at) if rule.expires_at else None,
        expired=rule.has_expired,
        rule_group_id=rule.group or None,
        site_key=rule.site.site_key if rule.site else None,
        defer_to_verify=rule.defers_to_verify,
        created_at=to_the_second(rule.created_at),
        **{_PYTHON_NAMES[name]: value for name, value in options.items()},
    )


_PYTHON_NAMES: Final = {
    "captchaType": "captcha_type",
    "solvedImagesCount": "solved_images_count",
    "unsolvedImagesCount": "unsolved_images_count",
    "imageThreshold": "image_threshold",
    "powDifficulty": "pow_difficulty",
    "frictionlessScore": "frictionless_score",
}


def _page(call: Call, asked: schemas.ManyRules) -> schemas.Rules:
    if asked.sort_by not in _ORDERS or asked.sort_order not in {"asc", "desc"}:
        raise Invalid({"sortBy": f"sortBy is one of {', '.join(_ORDERS)}, and sortOrder is asc or desc."})
    found = rules.list_rules(call.actor)
    if asked.rule_group_id:
        found = found.filter(group=asked.rule_group_id)
    column = F(_ORDERS[asked.sort_by])
    order = column.asc(nulls_last=True) if asked.sort_order == "asc" else column.desc(nulls_first=True)
    count = found.count()
    start = (asked.page - 1) * asked.limit
    return schemas.Rules(
        rules=[shown(rule) for rule in found.order_by(order, "-pk")[start : start + asked.limit]],
        rule_count=count,
        rule_groups_and_counts=[
            schemas.GroupAndCount(rule_group_id=group.name, count=group.count)
            for group in rules.list_groups(call.actor)
        ],
        page=asked.page,
        pages=max(1, -(-count // asked.limit)),
    )


def _wanted(body: schemas.NewRule) -> Wanted:
    other = next((one.operator for one in body.conditions if one.operator != "equals"), None)
    if other is not None:
        raise Invalid({"conditions": f"operator is “{other[:20]}”; “equals” is the one that there is."})
    return Wanted(
        type=body.type,
        conditions=[(one.field, one.value) for one in body.conditions],
        description=body.description,
        group=body.rule_group_id or "",
        expires_at=read_expiry(body.expiry),
        captcha_type=body.captcha_type or "",
        pow_difficulty=body.pow_difficulty,
        solved_images_count=body.solved_images_count,
        unsolved_images_count=body.unsolved_images_count,
        image_threshold=body.image_threshold,
        frictionless_score=body.frictionless_score,
        defers_to_verify=body.defer_to_verify,
    )


def _message(made: rules.Made) -> str:
    end = made.rule.expires_at
    acts = f"The rule acts until {end:%Y-%m-%d %H:%M:%S} UTC." if end else "The rule never expires."
    return f"{acts} It replaced the one with the same conditions and site." if made.replaces else acts
