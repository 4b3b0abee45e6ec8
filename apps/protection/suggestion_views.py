"""The page of suggested rules: their evidence, and what to do about them."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.page import PageRequest, page
from apps.audit import clock
from apps.permissions.refusals import Conflict, Invalid
from apps.protection import suggestions
from apps.protection.conditions import Field
from apps.protection.countries import shown_value
from apps.protection.rule_forms import ENDS
from apps.protection.rule_page import rule_tabs
from apps.protection.suggestion_models import Suggestion, SuggestionStatus
from apps.sites import access
from apps.sites.access import Level

MOST_SHOWN: Final = 200


@page
@require_safe
def suggestion_list(request: PageRequest) -> HttpResponse:
    """The suggestions of one status, those with the most failures first."""
    asked = request.GET.get("status", "")
    status = SuggestionStatus(asked) if asked in SuggestionStatus.values else SuggestionStatus.OPEN
    found = list(suggestions.list_suggestions(request.actor).with_status(status)[:MOST_SHOWN])
    url = reverse("suggestions")
    context: dict[str, Any] = {
        "rows": _described(request, found),
        "status": status,
        "statuses": [(one.label, f"{url}?status={one.value}", one is status) for one in SuggestionStatus],
        "tabs": rule_tabs(request, "suggestions"),
        "may_apply": request.actor.may("applySuggestions"),
        "ends": [(name, label) for name, (label, _) in ENDS.items()],
    }
    return render(request, "rules/suggestions.html", context)


@page
@require_POST
def apply_suggestions(request: PageRequest) -> HttpResponse:
    """Make rules of the chosen suggestions."""
    end = ENDS.get(request.POST.get("expires", ""))
    expires_at = clock.now() + end[1] if end else None
    try:
        chosen = _chosen(request)
        applied = suggestions.apply_suggestions(request.actor, suggestion_ids=chosen, expires_at=expires_at)
    except (Conflict, Invalid) as refusal:
        messages.error(request, "Choose the suggestions first." if not chosen else str(refusal))
        return redirect("suggestions")
    count = len(applied.rules)
    words = "1 rule made. It acts" if count == 1 else f"{count} rules made. They act"
    messages.success(request, f"{words} from the next request on.")
    return redirect(f"{reverse('rules')}?group={applied.group}" if applied.group else "suggestions")


@page
@require_POST
def dismiss_suggestion(request: PageRequest, suggestion_id: UUID) -> HttpResponse:
    """Dismiss one suggestion."""
    gone = suggestions.dismiss_suggestion(request.actor, suggestion_id=suggestion_id)
    messages.success(request, f"“{gone}” is dismissed. It does not come back while the records go on to say the same.")
    return redirect("suggestions")


def _chosen(request: PageRequest) -> list[UUID]:
    """The suggestions whose boxes were checked; what is no id cannot have come from the page."""
    found = []
    for text in request.POST.getlist("suggestions")[: suggestions.MOST_AT_ONCE + 1]:
        try:
            found.append(UUID(text))
        except ValueError:
            raise suggestions.NoSuchSuggestion(suggestions.NO_SUCH_SUGGESTION) from None
    return found


def _described(request: PageRequest, found: list[Suggestion]) -> list[tuple[Suggestion, str, bool]]:
    """Each suggestion, its value for a reader, and whether the reader may decide about it."""
    levels = access.levels_of([(request.actor, one.site) for one in found])
    may_apply = request.actor.may("applySuggestions")
    return [
        (one, shown_value(Field(one.field), one.value), may_apply and levels[one.site_id] >= Level.WRITE)
        for one in found
    ]
