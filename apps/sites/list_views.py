"""The lists of sites: all that the reader sees, and those of one organization; searched, filtered, sorted, paged."""

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from apps.accounts.models import Account, Organization
from apps.accounts.page import PageRequest, page
from apps.listing.keyset import BY_NAME, LAST_CHANGED_FIRST, NEWEST_FIRST, page_of
from apps.sites import operations, organizations
from apps.sites.frame import lists_of_sites
from apps.sites.limits import uses_of
from apps.sites.list_filter import STATES, SiteFilter
from apps.sites.models import Site, SiteQuerySet
from apps.sites.organization_forms import NONE, organizations_of

PAGE_SIZE: Final = 25
ORDERS: Final = {
    "newest": ("Newest first", NEWEST_FIRST),
    "changed": ("Last changed first", LAST_CHANGED_FIRST),
    "name": ("By name", BY_NAME),
}


@page
@require_safe
def sites(request: PageRequest) -> HttpResponse:
    """Every site that the reader sees; a fixed number of queries whatever its length."""
    found = organizations_of(request.actor)
    context = {
        "lists": lists_of_sites(request, "sites"),
        "organizations": found,
        "organization": None,
        "new_url": reverse("new_site"),
        "uses": uses_of(Account.objects.get(pk=request.actor.own_account_id))
        if request.actor.may("createSite")
        else None,
    }
    asked = SiteFilter.of(request.GET, found)
    return _list(request, reverse("sites"), operations.list_sites(request.actor), asked, context)


@page
@require_safe
def organization(request: PageRequest, organization_id: int) -> HttpResponse:
    """The sites of one organization, and what can be done with it."""
    found = organizations.get_organization(request.actor, organization_id=organization_id)
    actor = request.actor
    context = {
        "organization": found,
        "organizations": organizations_of(actor),
        "new_url": f"{reverse('new_site')}?organization={found.pk}",
        "may_rename": actor.may("updateOrganization"),
        "may_delete": actor.may("deleteOrganization"),
        "has_keys": actor.may("createApiKey"),
    }
    among = operations.list_sites(actor).filter(organization=found)
    asked = replace(SiteFilter.of(request.GET, ()), organization="")
    return _list(request, reverse("organization", args=[found.pk]), among, asked, context)


def _list(
    request: PageRequest, address: str, found: SiteQuerySet, asked: SiteFilter, context: dict[str, Any]
) -> HttpResponse:
    """A list of sites as its address asks; the part of it that changes, for htmx.

    Args:
        request: with the order and the cursor.
        address: of the list.
        found: the sites that it can show.
        asked: which of them the address asks for.
        context: what else the page shows.
    """
    sort = request.GET.get("sort", "") if request.GET.get("sort") in ORDERS else "newest"
    cursor = request.GET.get("cursor", "")
    is_narrowed = bool(asked.query or cursor)
    has_any = is_narrowed and _all(request, context["organization"]).exists()
    matching = asked.narrow(found)
    rows = page_of(matching.select_related("organization"), ORDERS[sort][1], cursor=cursor, size=PAGE_SIZE)
    chosen = {**asked.query, "sort": sort if sort != "newest" else ""}
    everything = asked.query | _inside(context["organization"])
    context |= {
        "page": rows,
        "states": [(state, state.capitalize()) for state in STATES],
        "organization_choices": _choices(context["organizations"]),
        "orders": [(name, label) for name, (label, _) in ORDERS.items()],
        "search": asked.search,
        "state": asked.state,
        "sort": sort,
        "chosen_organization": asked.organization,
        "has_any": has_any or bool(rows.rows),
        "list_url": address,
        "back_url": _url(address, chosen),
        "is_all_selected": request.GET.get("select") == "page",
        "select_url": _url(address, chosen, cursor=cursor, select="page"),
        "previous_url": _url(address, chosen, cursor=rows.previous_cursor) if rows.previous_cursor else "",
        "next_url": _url(address, chosen, cursor=rows.next_cursor) if rows.next_cursor else "",
        "may_create": request.actor.may("createSite"),
        "may_update": request.actor.may("updateSite"),
        "may_move": bool(context["organizations"]) and request.actor.may("updateSite"),
        "export_url": _url(reverse("export_sites"), everything),
        "match_count": matching.count() if rows.previous_cursor or rows.next_cursor else len(rows.rows),
        "change_all_url": _url(reverse("change_sites"), {"all": "yes", **everything}),
    }
    if request.headers.get("HX-Target") == "site-list":
        return push_url(render(request, "sites/_list.html", context), _url(address, chosen))
    return render(request, "organizations/organization.html" if context["organization"] else "sites/list.html", context)


def _choices(organizations: list[Organization]) -> list[tuple[str, str]]:
    return [(NONE, "In no organization"), *((str(one.pk), one.name) for one in organizations)]


def _inside(organization: Organization | None) -> dict[str, str]:
    return {"organization": str(organization.pk)} if organization else {}


def _all(request: PageRequest, inside: Organization | None) -> SiteQuerySet:
    """What the list would show if nothing was asked of it."""
    shown = Site.objects.visible_to(request.actor)
    return shown.filter(organization=inside) if inside else shown


def _url(address: str, chosen: dict[str, str], **more: str) -> str:
    query = urlencode({name: value for name, value in (chosen | more).items() if value})
    return f"{address}?{query}" if query else address
