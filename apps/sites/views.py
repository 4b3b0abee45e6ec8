"""The pages about sites."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import push_url

from apps.accounts.confirmation import confirmed
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page, signed_in
from apps.audit.models import AuditEventQuerySet
from apps.audit.operations import list_events
from apps.listing.keyset import BY_NAME, LAST_CHANGED_FIRST, NEWEST_FIRST, page_of
from apps.permissions.actor import Actor
from apps.permissions.models import Share
from apps.permissions.refusals import Invalid
from apps.sites import access, operations
from apps.sites.access import Level
from apps.sites.forms import SiteForm
from apps.sites.frame import render_tab, show_secret
from apps.sites.models import Site, SiteQuerySet
from apps.sites.page import site_page
from apps.sites.snippets import environment_lines, verification_snippets

PAGE_SIZE: Final = 25
ACTIVITY_SIZE: Final = 50
ORDERS: Final = {"newest": NEWEST_FIRST, "name": BY_NAME, "changed": LAST_CHANGED_FIRST}
STATES: Final = ("active", "inactive")


@page
@require_safe
def sites(request: PageRequest) -> HttpResponse:
    """The list: searched, filtered, sorted, paged; a fixed number of queries whatever its length."""
    search = request.GET.get("q", "").strip()[:200]
    state = request.GET.get("state", "")
    sort = request.GET.get("sort", "")
    sort = sort if sort in ORDERS else "newest"
    found = operations.list_sites(request.actor)
    cursor = request.GET.get("cursor", "")
    has_any = bool(search or state or cursor) and found.exists()
    rows = page_of(narrowed(found, request.GET), ORDERS[sort], cursor=cursor, size=PAGE_SIZE)
    chosen = {"q": search, "state": state if state in STATES else "", "sort": sort if sort != "newest" else ""}
    context = {
        "page": rows,
        "search": search,
        "state": chosen["state"],
        "sort": sort,
        "has_any": has_any or bool(rows.rows),
        "previous_url": _list_url(chosen, rows.previous_cursor) if rows.previous_cursor else "",
        "next_url": _list_url(chosen, rows.next_cursor) if rows.next_cursor else "",
        "lists": _lists(request, "sites"),
        "may_create": request.actor.may("createSite"),
        "may_update": request.actor.may("updateSite"),
        "export_url": _with_query(reverse("export_sites"), chosen),
    }
    if _is_fragment(request):
        return push_url(render(request, "sites/_list.html", context), _list_url(chosen))
    return render(request, "sites/list.html", context)


def narrowed(found: SiteQuerySet, query: QueryDict) -> SiteQuerySet:
    """Of these sites, those that the list's filter leaves.

    Args:
        found: those that the reader may see.
        query: the filter in the list's address.
    """
    search, state = query.get("q", "").strip()[:200], query.get("state", "")
    found = found.matching(search) if search else found
    if state not in STATES:
        return found
    return found.active() if state == "active" else found.inactive()


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed()
@sent_once(then="sites")
def new_site(request: PageRequest) -> HttpResponse:
    """Create a site. The answer to the POST shows its secret, and nothing else ever does."""
    form = SiteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            created = operations.create_site(
                request.actor, name=form.cleaned_data["name"], allowed_origins=form.typed_origins
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            return show_secret(request, created, is_new=True)
    request.actor.require("createSite")
    return render(request, "sites/new.html", {"form": form}, status=422 if form.errors else 200)


@site_page
@require_safe
def site(request: PageRequest, site_key: str) -> HttpResponse:
    """The site's overview: what it is, who reaches it, what happened last."""
    found = operations.get_site(request.actor, site_key=site_key)
    oversees = access.may_oversee(request.actor, found)
    context = {
        "creator": access.creator_of(found),
        "shares": found.shares.select_related("person").order_by("created_at", "pk") if oversees else None,
        "events": _events(request, found)[:5] if request.actor.may("getAuditEvents") else None,
    }
    return render_tab(request, found, "overview", context)


@site_page
@require_safe
def install(request: PageRequest, site_key: str) -> HttpResponse:
    """How to put the widget on a page and check its answer."""
    found = operations.get_site(request.actor, site_key=site_key)
    base_url = request.build_absolute_uri("/").rstrip("/")
    context = {
        "environment": environment_lines(found.site_key),
        "snippets": verification_snippets(base_url, found.site_key),
    }
    return render_tab(request, found, "install", context)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: PageRequest, site_key: str) -> HttpResponse:
    """Rename the site, change its origins; deactivate or reactivate it."""
    found = operations.get_site(request.actor, site_key=site_key)
    current = {"name": found.name, "allowed_origins": "\n".join(found.allowed_origins)}
    form = SiteForm(request.POST if request.method == "POST" else None, initial=current)
    if request.method == "POST" and form.is_valid():
        try:
            operations.update_site(
                request.actor, site_key=site_key, name=form.cleaned_data["name"], allowed_origins=form.typed_origins
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            messages.success(request, "Settings saved. They hold from the next request on.")
            return redirect("site_settings", site_key=found.site_key)
    return render_tab(request, found, "settings", {"form": form}, status=422 if form.errors else 200)


@site_page
@require_safe
def activity(request: PageRequest, site_key: str) -> HttpResponse:
    """What was done to this site, for those who may read the audit log."""
    found = operations.get_site(request.actor, site_key=site_key)
    events = list(_events(request, found)[: ACTIVITY_SIZE + 1])
    log_url = f"{reverse('log')}?{urlencode({'site': found.site_key})}"
    context = {"events": events[:ACTIVITY_SIZE], "has_more": len(events) > ACTIVITY_SIZE, "log_url": log_url}
    return render_tab(request, found, "activity", context)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: PageRequest, site_key: str) -> HttpResponse:
    """Ask, then stop the site."""
    if request.method == "POST":
        stopped = operations.deactivate_site(request.actor, site_key=site_key)
        messages.success(request, f"“{stopped.name}” is deactivated. Its verification has stopped.")
        return redirect("site_settings", site_key=stopped.site_key)
    found = operations.get_site(request.actor, site_key=site_key)
    request.actor.require("deleteSite")
    access.require_level(request.actor, found, Level.OWN, "deleteSite")
    context = {
        "title": f"Deactivate “{found.name}”?",
        "action_label": "Deactivate site",
        "cancel_url": reverse("site_settings", args=[found.site_key]),
    }
    return render_tab(request, found, "settings", context, template="sites/deactivate.html")


@site_page
@require_POST
def reactivate(request: PageRequest, site_key: str) -> HttpResponse:
    """Start a deactivated site again."""
    started = operations.reactivate_site(request.actor, site_key=site_key)
    messages.success(request, f"“{started.name}” is active again, with the secrets it had.")
    return redirect("site_settings", site_key=started.site_key)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest, site_key: str) -> HttpResponse:
    """Ask, then delete the site; it can be restored for 30 days."""
    if request.method == "POST":
        gone = operations.delete_site(request.actor, site_key=site_key)
        messages.success(request, f"“{gone.name}” is deleted. You can restore it for 30 days.")
        return redirect("deleted_sites")
    found = operations.get_site(request.actor, site_key=site_key)
    request.actor.require("deleteSite")
    access.require_level(request.actor, found, Level.OWN, "deleteSite")
    context = {
        "title": f"Delete “{found.name}”?",
        "action_label": "Delete site",
        "cancel_url": reverse("site_settings", args=[found.site_key]),
    }
    return render_tab(request, found, "settings", context, template="sites/delete.html")


@page
@require_safe
def deleted(request: PageRequest) -> HttpResponse:
    """The sites that were deleted in the last 30 days and can be restored."""
    context = {"sites": operations.list_deleted_sites(request.actor), "lists": _lists(request, "deleted_sites")}
    return render(request, "sites/deleted.html", context)


@page
@require_POST
def restore(request: PageRequest, site_key: str) -> HttpResponse:
    """Bring a deleted site back."""
    back = operations.restore_site(request.actor, site_key=site_key)
    messages.success(request, f"“{back.name}” is back as it was, with the secrets it had.")
    return redirect("site", site_key=back.site_key)


@signed_in
@require_safe
def shared(request: PageRequest) -> HttpResponse:
    """The sites, of whatever account, that were shared with the reader; also for people without an account."""
    shares = Share.objects.filter(person=request.user, site__deleted_at=None).select_related("site__account")
    context = {"shares": shares.order_by("site__name", "pk"), "lists": _lists(request, "shared_sites")}
    return render(request, "sites/shared.html", context)


def _events(request: PageRequest, found: Site) -> AuditEventQuerySet:
    target = access.target_of(found)
    return list_events(request.actor).on_target(target.kind, target.id)


def _lists(request: PageRequest, current: str) -> list[tuple[str, str, bool]]:
    """The lists of sites that the reader has, as tabs; none for somebody without an account."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return []
    lists = [("All sites", "sites"), ("Shared with me", "shared_sites")]
    if actor.may("deleteSite"):
        lists.append(("Deleted", "deleted_sites"))
    return [(label, reverse(name), name == current) for label, name in lists]


def _list_url(chosen: dict[str, str], cursor: str = "") -> str:
    return _with_query(reverse("sites"), chosen | {"cursor": cursor})


def _with_query(url: str, chosen: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{url}?{query}" if query else url


def _is_fragment(request: Any) -> bool:
    """Whether htmx asks for the list alone."""
    return bool(request.htmx) and request.htmx.target == "site-list"
