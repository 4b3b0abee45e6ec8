"""The lists of sites: all that the reader sees, and those of one organization; searched, filtered, sorted, paged."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
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
from apps.sites.models import Site, SiteQuerySet
from apps.sites.organization_forms import NONE, organizations_of

PAGE_SIZE: Final = 25
ORDERS: Final = {"newest": NEWEST_FIRST, "name": BY_NAME, "changed": LAST_CHANGED_FIRST}
STATES: Final = ("active", "inactive")


@page
@require_safe
def sites(request: PageRequest) -> HttpResponse:
    """Every site that the reader sees; a fixed number of queries whatever its length."""
    found = organizations_of(request.actor)
    wanted = request.GET.get("organization", "")
    in_list = wanted == NONE or wanted in {str(organization.pk) for organization in found}
    chosen = {"organization": wanted if in_list else ""}
    context = {
        "lists": lists_of_sites(request, "sites"),
        "organizations": found,
        "organization": None,
        "new_url": reverse("new_site"),
        "uses": uses_of(Account.objects.get(pk=request.actor.own_account_id))
        if request.actor.may("createSite")
        else None,
    }
    return _list(request, reverse("sites"), _in(operations.list_sites(request.actor), chosen), chosen, context)


def narrowed(found: SiteQuerySet, query: QueryDict) -> SiteQuerySet:
    """Of these sites, those that the list's filter leaves.

    Args:
        found: those that the reader may see.
        query: the filter in the list's address.
    """
    wanted = query.get("organization", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    inside = _in(found, {"organization": wanted if is_number or wanted == NONE else ""})
    state = query.get("state", "")
    return _filtered(inside, query.get("q", "").strip()[:200], state if state in STATES else "")


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
    return _list(request, reverse("organization", args=[found.pk]), among, {}, context)


def _list(
    request: PageRequest, address: str, found: SiteQuerySet, chosen: dict[str, str], context: dict[str, Any]
) -> HttpResponse:
    """A list of sites as its address asks; the part of it that changes, for htmx.

    Args:
        request: with the search, the state, the order and the cursor.
        address: of the list.
        found: the sites that it can show.
        chosen: what the address asks beyond these.
        context: what else the page shows.
    """
    search = request.GET.get("q", "").strip()[:200]
    state = request.GET.get("state", "") if request.GET.get("state") in STATES else ""
    sort = request.GET.get("sort", "") if request.GET.get("sort") in ORDERS else "newest"
    cursor = request.GET.get("cursor", "")
    is_narrowed = bool(search or state or cursor or any(chosen.values()))
    has_any = is_narrowed and _all(request, context["organization"]).exists()
    rows = page_of(_filtered(found, search, state), ORDERS[sort], cursor=cursor, size=PAGE_SIZE)
    chosen = {"q": search, "state": state, **chosen, "sort": sort if sort != "newest" else ""}
    context |= {
        "page": rows,
        "search": search,
        "state": state,
        "sort": sort,
        "chosen_organization": chosen.get("organization", ""),
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
        "export_url": _url(reverse("export_sites"), chosen | _inside(context["organization"])),
    }
    if request.headers.get("HX-Target") == "site-list":
        return push_url(render(request, "sites/_list.html", context), _url(address, chosen))
    return render(request, "organizations/organization.html" if context["organization"] else "sites/list.html", context)


def _inside(organization: Organization | None) -> dict[str, str]:
    return {"organization": str(organization.pk)} if organization else {}


def _all(request: PageRequest, inside: Organization | None) -> SiteQuerySet:
    """What the list would show if nothing was asked of it."""
    shown = Site.objects.visible_to(request.actor)
    return shown.filter(organization=inside) if inside else shown


def _in(found: SiteQuerySet, chosen: dict[str, str]) -> SiteQuerySet:
    wanted = chosen["organization"]
    if not wanted:
        return found
    return found.filter(organization=None) if wanted == NONE else found.filter(organization_id=int(wanted))


def _filtered(found: SiteQuerySet, search: str, state: str) -> SiteQuerySet:
    if search:
        found = found.matching(search)
    if state:
        found = found.active() if state == "active" else found.inactive()
    return found.select_related("organization")


def _url(address: str, chosen: dict[str, str], **more: str) -> str:
    query = urlencode({name: value for name, value in (chosen | more).items() if value})
    return f"{address}?{query}" if query else address
