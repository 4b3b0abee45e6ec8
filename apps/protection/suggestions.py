"""Everything that can be done with suggested rules: read them with their evidence, apply them, dismiss them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Invalid, NotFound
from apps.protection import rule_access
from apps.protection.rule_drafts import Wanted, draft_of
from apps.protection.rule_imports import new_group
from apps.protection.rule_models import Rule
from apps.protection.rules import next_version, put_rule
from apps.protection.suggestion_models import Suggestion, SuggestionQuerySet, SuggestionStatus
from apps.sites import access as sites
from apps.sites.access import Level

MOST_AT_ONCE: Final = 500
NO_SUCH_SUGGESTION: Final = "There is no such suggestion here. The records may no longer speak for it."


class NoSuchSuggestion(NotFound):
    """There is no such suggestion that the actor may know of."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of applying suggestions.

    Attributes:
        rules: those that were made.
        skipped: how many suggestions had a rule already.
        group: what the rules can be deleted with; empty where none was made.
    """

    rules: list[Rule]
    skipped: int
    group: str


@reading("getSuggestions")
def list_suggestions(actor: Actor) -> SuggestionQuerySet:
    """The suggestions for the sites that the actor sees, the worst first; to be paged by the caller.

    Raises:
        Forbidden: without `getSuggestions`.
    """
    return Suggestion.objects.visible_to(actor).select_related("site").order_by("-failures", "pk")


@reading("getSuggestion")
def get_suggestion(actor: Actor, *, suggestion_id: UUID) -> Suggestion:
    """One suggestion.

    Raises:
        NoSuchSuggestion: when there is none that the actor may know of.
        Forbidden: without `getSuggestion`.
    """
    found = Suggestion.objects.visible_to(actor).select_related("site").filter(pk=suggestion_id).first()
    if found is None:
        raise NoSuchSuggestion(NO_SUCH_SUGGESTION)
    return found


@operation("applySuggestions", Action.RULE_CREATED, Action.RULE_REPLACED)
def apply_suggestions(actor: Actor, *, suggestion_ids: Sequence[UUID], expires_at: datetime | None) -> Applied:
    """Make a rule of each suggestion, each with its own event; all or none. One that has its rule is skipped.

    Args:
        actor: who.
        suggestion_ids: which, at most 500; also ones that were dismissed.
        expires_at: when the rules end; `None` for never.

    Raises:
        Invalid: for none, too many, or an end in the past.
        NoSuchSuggestion: when there is one that the actor may not know of.
        TooManyRules: when the account would have more than it may have.
        Forbidden: without `applySuggestions`, or where the actor may not change one of the sites.
    """
    found = _chosen(actor, suggestion_ids)
    for site in sorted({one.site for one in found}, key=lambda site: site.pk):
        rule_access.place_to_write(actor, site.site_key, permission="applySuggestions")
    version = next_version(actor.own_account_id)
    group = new_group("suggestions")
    made: list[Rule] = []
    for suggestion in found:
        if _has_its_rule(suggestion):
            continue
        draft = draft_of(_wanted(suggestion, group, expires_at))
        rule = put_rule(actor, draft, suggestion.site, version).rule
        _decide(actor, suggestion, SuggestionStatus.APPLIED, rule.handle)
        made.append(rule)
    return Applied(made, len(found) - len(made), group if made else "")


@operation("applySuggestions", Action.SUGGESTION_DISMISSED)
def dismiss_suggestion(actor: Actor, *, suggestion_id: UUID) -> Suggestion:
    """Dismiss a suggestion: it does not come back while the records go on to speak for it. Again changes nothing.

    Raises:
        NoSuchSuggestion: when there is none that the actor may know of.
        Forbidden: without `applySuggestions`, or where the actor may not change the site.
    """
    [suggestion] = _chosen(actor, [suggestion_id])
    sites.require_level(actor, suggestion.site, Level.WRITE, "applySuggestions")
    if suggestion.status == SuggestionStatus.OPEN:
        _decide(actor, suggestion, SuggestionStatus.DISMISSED)
        label = f"{suggestion} on {suggestion.site.name}"
        evidence = {"evidence": (None, evidence_in_words(suggestion))}
        target = Target("suggestion", str(suggestion.pk), label)
        record(actor, Action.SUGGESTION_DISMISSED, target, changes=evidence)
    return suggestion


def evidence_in_words(suggestion: Suggestion) -> str:
    """Why it is suggested, in a sentence."""
    return (
        f"{suggestion.failures:,} of {suggestion.attempts:,} attempts did not pass in 24 hours "
        f"({suggestion.failure_percent} %); of the site's other visitors, {suggestion.rest_percent} %."
    )


def _chosen(actor: Actor, suggestion_ids: Sequence[UUID]) -> list[Suggestion]:
    """The suggestions, locked until the transaction ends, in one order for everybody."""
    wanted = set(suggestion_ids)
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise Invalid({"suggestionIds": f"Name 1 to {MOST_AT_ONCE} suggestions; these are {len(wanted)}."})
    visible = Suggestion.objects.visible_to(actor).select_related("site").select_for_update(of=("self",))
    found = list(visible.filter(pk__in=wanted).order_by("pk"))
    if len(found) < len(wanted):
        raise NoSuchSuggestion(NO_SUCH_SUGGESTION)
    return found


def _has_its_rule(suggestion: Suggestion) -> bool:
    if suggestion.status != SuggestionStatus.APPLIED:
        return False
    acting = Rule.objects.acting(clock.now()).filter(account_id=suggestion.account_id)
    return acting.filter(handle=suggestion.handle).exists()


def _wanted(suggestion: Suggestion, group: str, expires_at: datetime | None) -> Wanted:
    return Wanted(
        type=suggestion.type,
        conditions=[(suggestion.field, suggestion.value)],
        description=f"Suggested: {evidence_in_words(suggestion)}",
        group=group,
        expires_at=expires_at,
    )


def _decide(actor: Actor, suggestion: Suggestion, status: SuggestionStatus, handle: str = "") -> None:
    suggestion.status, suggestion.handle = status, handle
    suggestion.decided_at, suggestion.decided_by_label = clock.now(), actor.label[:320]
    suggestion.save(update_fields=["status", "handle", "decided_at", "decided_by_label"])
