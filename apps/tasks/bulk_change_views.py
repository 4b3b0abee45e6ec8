"""Changing one setting of several sites: choose it, see the differences, then let a task do it."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.audit.actions import Action
from apps.permissions.actor import Actor
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Forbidden, Invalid, NotFound
from apps.sites import access
from apps.sites.access import NO_SUCH_SITE, Level
from apps.sites.models import Site
from apps.sites.operations import list_sites
from apps.sites.settings import set_settings
from apps.sites.site_key import read
from apps.tasks.bulk_columns import SETTINGS, Setting, UnreadableValue
from apps.tasks.bulk_page import leave_for
from apps.tasks.kinds import Kind
from apps.tasks.work import start_task

MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one site.

    Attributes:
        site: as it is.
        before: the setting as it is, for a reader.
        after: as it would be.
        may_change: whether the reader may change the site at all.
    """

    site: Site
    before: str
    after: str
    may_change: bool

    @property
    def happens(self) -> bool:
        """Whether the site would change."""
        return self.may_change and self.before != self.after


@page
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once(then="sites")
def change_sites(request: PageRequest) -> HttpResponse:
    """Ask which setting and what value, show the differences; then start the task."""
    query = request.POST if request.method == "POST" else request.GET
    setting = next((one for one in SETTINGS if one.name == query.get("setting")), None)
    sites = _chosen(request.actor, query, are_all_needed=request.method == "POST")
    try:
        value = _value(setting, query.get("value", ""))
    except (UnreadableValue, Invalid) as refusal:
        return _asked(request, sites, setting, error=str(refusal))
    if request.method == "POST" and setting and value is not None:
        return _started(request, sites, setting, value)
    request.actor.require("updateSite")
    if not sites:
        messages.info(request, "Choose the sites first: check the box at the start of their rows.")
        return redirect("sites")
    return _asked(request, sites, setting, value=value)


def _chosen(actor: Actor, query: QueryDict, *, are_all_needed: bool) -> list[Site]:
    """The sites that the form names.

    Raises:
        NotFound: for one that the reader may not know of, where all are needed.
    """
    wanted = {read(key) for key in query.getlist("sites")[:MOST_AT_ONCE]}
    sites = list(list_sites(actor).filter(key__in=[key for key in wanted if key]).order_by("name", "pk"))
    if are_all_needed and len(sites) < max(len(wanted), 1):
        raise NotFound(NO_SUCH_SITE)
    return sites


def _value(setting: Setting | None, text: str) -> Any:
    """The value that was chosen, or `None` while there is none.

    Raises:
        UnreadableValue: when it is none of this setting.
        Invalid: when it is out of range.
    """
    if setting is None or not text.strip():
        return None
    value, errors = setting.value_of(text), dict[str, str]()
    set_settings(Site(), {setting.name: value}, errors)  # type: ignore[misc]  # named by `SETTINGS`
    if errors:
        raise Invalid(errors)
    return value


def _changes(actor: Actor, sites: list[Site], setting: Setting, value: Any) -> list[Change]:
    levels = access.levels_of([(actor, site) for site in sites])
    after = setting.shown(value)
    return [
        Change(site, setting.shown(getattr(site, setting.name)), after, levels[site.pk] >= Level.WRITE)
        for site in sites
    ]


def _started(request: PageRequest, sites: list[Site], setting: Setting, value: Any) -> HttpResponse:
    changes = _changes(request.actor, sites, setting, value)
    changing = [change.site for change in changes if change.happens]
    if not any(change.may_change for change in changes):
        _refuse(request.actor, sites[0])
    if not changing:
        messages.info(request, "Nothing was changed: these sites have this setting already.")
        return redirect("sites")
    counted = f"{len(changing)} site{'' if len(changing) == 1 else 's'}"
    task = start_task(
        request.actor,
        kind=Kind.SITES_UPDATE,
        inputs=[{"site_key": site.site_key, "settings": {setting.name: value}} for site in changing],
        title=f"Set {setting.name} to {setting.shown(value)} on {counted}",
    )
    messages.success(request, f"{counted} are being changed. This page shows how far it is.")
    return leave_for(task)


def _refuse(actor: Actor, site: Site) -> None:
    """Refuse somebody who may change none of the sites, and record it as what they tried.

    Raises:
        Forbidden: saying how far their access goes.
    """
    try:
        access.require_level(actor, site, Level.WRITE, "updateSite")
    except Forbidden as refusal:
        record_refusal(actor, Action.SITE_UPDATED, refusal)
        raise


def _asked(
    request: PageRequest, sites: list[Site], setting: Setting | None, *, value: Any = None, error: str = ""
) -> HttpResponse:
    request.actor.require("updateSite")
    changes = [] if setting is None or value is None else _changes(request.actor, sites, setting, value)
    context = {
        "sites": sites,
        "settings": SETTINGS,
        "setting": setting,
        "value": request.GET.get("value", "") or request.POST.get("value", ""),
        "error": error,
        "changes": changes,
        "change_count": sum(change.happens for change in changes),
    }
    return render(request, "bulk/change.html", context, status=422 if error else 200)
