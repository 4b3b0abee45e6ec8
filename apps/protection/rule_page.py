"""What the pages about rules share: their tabs."""

from django.urls import reverse

from apps.accounts.page import PageRequest
from apps.protection.suggestion_models import Suggestion, SuggestionStatus


def rule_tabs(request: PageRequest, current: str) -> list[tuple[str, str, bool]]:
    """The lists about rules that the reader has, as tabs; suggestions with how many are open."""
    tabs = [("Rules", "rules"), ("Groups", "rule_groups")]
    if request.actor.may("getSuggestions"):
        count = Suggestion.objects.visible_to(request.actor).with_status(SuggestionStatus.OPEN).count()
        tabs.append((f"Suggestions {count:,}" if count else "Suggestions", "suggestions"))
    tabs.append(("Which rule acts?", "check_rules"))
    return [(label, reverse(name), name == current) for label, name in tabs]
