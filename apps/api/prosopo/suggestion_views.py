"""Suggested rules: read with their evidence, and applied."""

from apps.api.contract import Call
from apps.api.prosopo import suggestion_schemas as schemas
from apps.api.prosopo.contracts import CHANGING_STATUSES, portal_api, reads
from apps.api.prosopo.expiry import read_expiry
from apps.api.prosopo.rule_schemas import Condition
from apps.api.prosopo.rule_views import SUCCESS
from apps.api.times import to_the_second
from apps.permissions.refusals import Invalid
from apps.protection import suggestions
from apps.protection.suggestion_models import Suggestion, SuggestionStatus
from apps.sites import access


@reads(
    "/access-control/suggestions/get",
    summary="List suggested rules",
    permission="getSuggestions",
    asks=schemas.ManySuggestions,
    answer=schemas.Suggestions,
)
def suggestions_get(call: Call) -> schemas.Suggestions:
    """A page of the suggestions for the sites that the key reaches, those with the most failures first."""
    asked: schemas.ManySuggestions = call.body
    if asked.status not in SuggestionStatus.values:
        raise Invalid({"status": f"status is “{asked.status[:20]}”; it is open, applied or dismissed."})
    found = suggestions.list_suggestions(call.actor).with_status(asked.status)
    if asked.site_key:
        found = found.filter(site=access.site_to_read(call.actor, asked.site_key))
    start = (asked.page - 1) * asked.limit
    return schemas.Suggestions(
        suggestions=[_shown(one) for one in found[start : start + asked.limit]],
        page=asked.page,
        pages=max(1, -(-found.count() // asked.limit)),
    )


@reads(
    "/access-control/suggestion/get",
    summary="Get a suggested rule",
    permission="getSuggestion",
    asks=schemas.SuggestionById,
    answer=schemas.Suggestion,
)
def suggestion_get(call: Call) -> schemas.Suggestion:
    """One suggestion with its evidence."""
    return _shown(suggestions.get_suggestion(call.actor, suggestion_id=call.body.suggestion_id))


@portal_api.endpoint(
    "POST",
    "/access-control/suggestions/apply",
    summary="Make rules of suggestions",
    permission="applySuggestions",
    body=schemas.SuggestionChoice,
    answer=schemas.AppliedSuggestions,
    statuses=CHANGING_STATUSES,
)
def suggestions_apply(call: Call) -> schemas.AppliedSuggestions:
    """Make a rule of each, all or none; one that has its rule is skipped. Without `expiry` they act for one hour."""
    body: schemas.SuggestionChoice = call.body
    applied = suggestions.apply_suggestions(
        call.actor, suggestion_ids=body.suggestion_ids, expires_at=read_expiry(body.expiry)
    )
    return schemas.AppliedSuggestions(
        status=SUCCESS, applied=len(applied.rules), skipped=applied.skipped, rule_group_id=applied.group or None
    )


def _shown(suggestion: Suggestion) -> schemas.Suggestion:
    evidence = suggestion.evidence
    return schemas.Suggestion(
        suggestion_id=suggestion.pk,
        site_key=suggestion.site.site_key,
        status=suggestion.status,
        type=suggestion.type,
        conditions=[Condition(field=suggestion.field, value=suggestion.value)],
        evidence=schemas.Evidence(
            attempts=evidence["attempts"],
            failures=evidence["failures"],
            failure_rate=evidence["failureRate"],
            site_attempts=evidence["siteAttempts"],
            site_failure_rate=evidence["siteFailureRate"],
            unique_ips=evidence["uniqueIps"],
        ),
        user_scope_hash=suggestion.handle or None,
        created_at=to_the_second(suggestion.created_at),
        seen_at=to_the_second(suggestion.seen_at),
    )
