"""What the pages about one site share: heading and tabs, and the one answer that shows a secret."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.page import PageRequest
from apps.audit.models import AuditEventQuerySet
from apps.audit.operations import list_events
from apps.permissions.actor import Actor
from apps.sites import access
from apps.sites.access import Level
from apps.sites.models import Site
from apps.sites.organization_forms import choice_for_a_site
from apps.sites.secrets import SiteWithSecret
from apps.sites.snippets import secret_snippets


def lists_of_sites(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """The lists of sites that the reader has, as tabs; none for somebody without an account."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return []
    lists = [("All sites", "sites"), ("Shared with me", "shared_sites")]
    if actor.may("deleteSite"):
        lists.append(("Deleted", "deleted_sites"))
    return [(label, reverse(name), name == current) for label, name in lists]


def render_tab(
    request: PageRequest, found: Site, tab: str, context: dict[str, Any], *, template: str = "", status: int = 200
) -> HttpResponse:
    """A page of the site: its heading and tabs around the tab's own content."""
    actor = request.actor
    level = access.level_of(actor, found)
    owns = level is Level.OWN
    common = {
        "site": found,
        "tabs": [
            (label, reverse(name, args=[found.site_key]), key == tab) for key, label, name in _tabs(request, found)
        ],
        "level": level.name.lower(),
        "is_guest": actor.is_guest,
        "may_update": actor.may("updateSite") and level >= Level.WRITE,
        "may_deactivate": actor.may("deleteSite") and owns,
        "may_reactivate": actor.may("updateSite") and owns,
        "may_rotate": actor.may("rotateSecret") and owns,
        "may_add_secret": actor.may("createSecret") and owns,
        "may_delete_secret": actor.may("deleteSecret") and owns,
        "may_see_rules": actor.may("getRules"),
        "may_share": actor.may("grantPermission") and owns,
    }
    if tab == "settings" and not template:
        common["organization_choice"] = choice_for_a_site(actor, found, level)
    return render(request, template or f"sites/{tab}.html", common | context, status=status)


def events_of(request: PageRequest, found: Site) -> AuditEventQuerySet:
    """What was done to the site, newest first.

    Raises:
        Forbidden: without `getAuditEvents`.
    """
    target = access.target_of(found)
    return list_events(request.actor).on_target(target.kind, target.id)


def show_secret(request: PageRequest, made: SiteWithSecret, *, is_new: bool, note: str = "") -> HttpResponse:
    """The one answer that shows a secret.

    Args:
        request: the POST that made it.
        made: the site and its secret.
        is_new: whether the site is new, too.
        note: what became of the earlier secrets.
    """
    base_url = request.build_absolute_uri("/").rstrip("/")
    secret = made.secret.reveal()
    context = {
        "site": made.site,
        "secret": secret,
        "is_new": is_new,
        "note": note,
        "snippets": secret_snippets(base_url, made.site.site_key, secret),
    }
    return render(request, "sites/secret_shown.html", context)


def _tabs(request: PageRequest, found: Site) -> list[tuple[str, str, str]]:
    actor = request.actor
    tabs = [("overview", "Overview", "site")]
    if actor.may("getTraffic"):
        tabs.append(("traffic", "Traffic", "site_traffic"))
    tabs += [
        ("install", "Install", "site_install"),
        ("settings", "Settings", "site_settings"),
    ]
    if actor.may("getSecrets") and access.may_oversee(actor, found):
        tabs.append(("secrets", "Secrets", "site_secrets"))
    if actor.may("getPermissions") and access.may_oversee(actor, found):
        tabs.append(("people", "People", "site_people"))
    if actor.may("getAuditEvents"):
        tabs.append(("activity", "Activity", "site_activity"))
    return tabs
