"""The list of API keys: searched, filtered, sorted, paged; a fixed number of queries whatever its length."""

from typing import Any, Final

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from apps.accounts.models import Membership
from apps.accounts.page import PageRequest, page
from apps.api_keys import operations
from apps.api_keys.choice import ORDERS, KeyChoice, choice_from, creators_for, sites_offered
from apps.api_keys.editor import organization_choices
from apps.api_keys.models import ApiKey, KeyState
from apps.listing.keyset import page_of
from apps.permissions.actor import Actor
from apps.permissions.catalogue import GROUPS
from apps.permissions.models import ReachedSite

PAGE_SIZE: Final = 50
NOTHING_IN_STATE: Final = {
    KeyState.ACTIVE: ("power", "No active key", "Every key has expired, is disabled, or stopped with its creator."),
    KeyState.EXPIRES_SOON: ("clock", "No key expires soon", "None of these ends within the next 14 days."),
    KeyState.NEVER_USED: ("circle-check", "Every key was used", "There is none that nobody has called with yet."),
    KeyState.UNUSED: ("circle-check", "No key lies idle", "Each was used, or made, within the last 90 days."),
    KeyState.EXPIRED: ("circle-check", "No expired key", "Keys that have ended show here until they are deleted."),
    KeyState.DISABLED: ("power", "No disabled key", "A key that is switched off can be switched on again here."),
    KeyState.STOPPED: ("circle-check", "No key has stopped", "Whoever created one of these is still in the account."),
}
"""Icon, title and text where no key is in a state, and nothing else was asked for."""


@page
@require_safe
def keys(request: PageRequest) -> HttpResponse:
    """The keys that the reader may see, as they asked for them."""
    actor, choice = request.actor, choice_from(request.GET)
    found = choice.among(operations.list_keys(actor), actor).select_related("reached_organization__organization")
    rows = page_of(found, choice.order, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "page": rows,
        "choice": choice,
        "rows": _described(rows.rows),
        "nothing": _nothing(choice),
        "is_all_selected": request.GET.get("select") == "page",
        "select_url": _url(choice, cursor=request.GET.get("cursor", ""), select="page"),
        "previous_url": _url(choice, cursor=rows.previous_cursor) if rows.previous_cursor else "",
        "next_url": _url(choice, cursor=rows.next_cursor) if rows.next_cursor else "",
        "may_create": actor.may("createApiKey"),
        "may_set": actor.may("updateAccount"),
        "may_update": actor.may("updateApiKey"),
        "may_delete": actor.may("deleteApiKey"),
    }
    if _is_fragment(request):
        return push_url(render(request, "api_keys/_list.html", context), _url(choice))
    context |= _filters(actor)
    context["has_any"] = bool(rows.rows) or (choice.is_filtered and operations.list_keys(actor).exists())
    return render(request, "api_keys/list.html", context)


def _filters(actor: Actor) -> dict[str, Any]:
    """What the filter lets choose from: values, each with its label."""
    sites = sites_offered(actor)
    return {
        "states": KeyState.choices,
        "creators": [(str(person.pk), f"By {person.display_name}") for person in creators_for(actor)],
        "permissions": [(group.label, [(one.name, one.name) for one in group.permissions]) for group in GROUPS],
        "sites": [(site.site_key, site.name) for site in sites] if sites is not None else None,
        "organizations": [(str(one.pk), f"For “{one.name}”") for one in organization_choices(actor)],
        "orders": [(name, label) for name, (label, _) in ORDERS.items()],
    }


def _described(rows: list[ApiKey]) -> list[tuple[ApiKey, int, bool]]:
    """Each key, how many sites it is limited to, and whether it stopped because its creator left."""
    limited = [row.pk for row in rows if not row.reaches_all_sites]
    counted = ReachedSite.objects.filter(key__in=limited).values("key").annotate(count=Count("pk"))
    counts = dict(counted.values_list("key", "count"))
    places = Membership.objects.active().filter(account__in={row.account_id for row in rows})
    here = set(places.filter(person__in={row.created_by_id for row in rows}).values_list("person", flat=True))
    return [(row, counts.get(row.pk, 0), row.created_by_id not in here) for row in rows]


def _nothing(choice: KeyChoice) -> tuple[str, str, str]:
    """Icon, title and text of an empty list that something was asked of."""
    if choice.state and choice.query() == f"state={choice.state}":
        return NOTHING_IN_STATE[KeyState(choice.state)]
    text = "Search for a part of the name, or for the last four characters of the key itself."
    if choice.search and choice.query() == KeyChoice(choice.search, "", "", "", "", "", "newest").query():
        return ("search", "No key matches", text)
    return ("search", "No key matches", "No key fits all of these conditions. Take one away, or clear the filter.")


def _url(choice: KeyChoice, **more: str) -> str:
    query = choice.query(**more)
    return reverse("keys") + (f"?{query}" if query else "")


def _is_fragment(request: Any) -> bool:
    """Whether htmx asks for the list alone."""
    return bool(request.htmx) and request.htmx.target == "keys"
