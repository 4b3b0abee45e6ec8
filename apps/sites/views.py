"""The pages about sites."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.confirmation import confirmed
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page, signed_in
from apps.listing.keyset import LAST_DELETED_FIRST, page_of
from apps.permissions.models import Share
from apps.permissions.refusals import Invalid
from apps.sites import access, operations
from apps.sites.access import Level
from apps.sites.deleted_rows import DeletedRow
from apps.sites.forms import SiteForm
from apps.sites.frame import events_of, lists_of_sites, render_tab, show_secret
from apps.sites.models import Growth
from apps.sites.operations import SiteLimitReached
from apps.sites.organization_forms import choice_for_a_new_site, chosen_organization
from apps.sites.page import site_page
from apps.sites.settings_form import GROWTHS, SPANS, SettingsForm, level_in_words

DELETED_A_PAGE: Final = 25  # sites

ACTIVITY_SIZE: Final = 50


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(operations.create_site)
@sent_once(then="sites")
def new_site(request: PageRequest) -> HttpResponse:
    """Create a site. The answer to the POST shows its secret, and nothing else ever does."""
    form = SiteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            created = operations.create_site(
                request.actor,
                name=form.cleaned_data["name"],
                allowed_origins=form.typed_origins,
                organization_id=chosen_organization(request),
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        except SiteLimitReached as refusal:
            form.add_error(None, str(refusal))
        else:
            return show_secret(request, created, is_new=True)
    context = {"form": form, "choice": choice_for_a_new_site(request)}
    return render(request, "sites/new.html", context, status=422 if form.errors else 200)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: PageRequest, site_key: str) -> HttpResponse:
    """Every setting of the site, saved all or none; and the ways to deactivate, reactivate and delete it."""
    found = operations.get_site(request.actor, site_key=site_key)
    form = SettingsForm.of(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        origins, name = form.typed_origins, form.cleaned_data["name"]
        try:
            operations.update_site(
                request.actor, site_key=site_key, name=name, allowed_origins=origins, **form.settings
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            messages.success(request, "Settings saved. They hold from the next request on.")
            return redirect("site_settings", site_key=found.site_key)
    if request.method == "POST":
        request.actor.require("updateSite")
        access.require_level(request.actor, found, Level.WRITE, "updateSite")
    context = {
        "form": form,
        "words": level_in_words(found.level),
        "growth": GROWTHS[Growth(found.growth)],
        "validity": SPANS[found.validity_seconds],
    }
    return render_tab(request, found, "settings", context, status=422 if form.errors else 200)


@site_page
@require_safe
def activity(request: PageRequest, site_key: str) -> HttpResponse:
    """What was done to this site, for those who may read the audit log."""
    found = operations.get_site(request.actor, site_key=site_key)
    events = list(events_of(request, found)[: ACTIVITY_SIZE + 1])
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
    restorable = operations.list_deleted_sites(request.actor)
    rows = page_of(restorable, LAST_DELETED_FIRST, cursor=request.GET.get("cursor", ""), size=DELETED_A_PAGE)
    context = {
        "rows": [DeletedRow.of_site(site) for site in rows.rows],
        "previous_url": f"?{urlencode({'cursor': rows.previous_cursor})}" if rows.previous_cursor else "",
        "next_url": f"?{urlencode({'cursor': rows.next_cursor})}" if rows.next_cursor else "",
        "lists": lists_of_sites(request, "deleted_sites"),
    }
    return render(request, "sites/deleted.html", context)


@page
@require_POST
def restore(request: PageRequest, site_key: str) -> HttpResponse:
    """Bring a deleted site back."""
    try:
        back = operations.restore_site(request.actor, site_key=site_key)
    except SiteLimitReached as refusal:
        messages.error(request, str(refusal))
        return redirect("deleted_sites")
    messages.success(request, f"“{back.name}” is back as it was, with the secrets it had.")
    return redirect("site", site_key=back.site_key)


@signed_in
@require_safe
def shared(request: PageRequest) -> HttpResponse:
    """The sites, of whatever account, that were shared with the reader; also for people without an account."""
    shares = Share.objects.filter(person=request.user, site__deleted_at=None).select_related("site__account")
    context = {"shares": shares.order_by("site__name", "pk"), "lists": lists_of_sites(request, "shared_sites")}
    return render(request, "sites/shared.html", context)
