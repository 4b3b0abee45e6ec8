"""Changing one setting of several sites: choose it, see the differences, then let a task do it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.audit.actions import Action
from apps.permissions.actor import Actor
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Forbidden, Invalid
from apps.sites import access
from apps.sites.access import Level
from apps.sites.models import Site
from apps.sites.settings import set_settings
from apps.tasks.bulk_change import Preview, Selection, TooMany
from apps.tasks.bulk_columns import SETTINGS, Setting, UnreadableValue
from apps.tasks.bulk_page import leave_for, part_of
from apps.tasks.kinds import Kind
from apps.tasks.work import start_task


@page
@require_http_methods(["GET", "HEAD", "POST"])
@sent_once(then="sites")
def change_sites(request: PageRequest) -> HttpResponse:
    """Ask which setting and what value, show the differences; then start the task."""
    query = request.POST if request.method == "POST" else request.GET
    setting = next((one for one in SETTINGS if one.name == query.get("setting")), None)
    try:
        chosen = Selection.of(request.actor, query, are_all_needed=request.method == "POST")
    except TooMany as refusal:
        request.actor.require("updateSite")
        messages.error(request, str(refusal))
        asked = urlencode(refusal.asked.query)
        return redirect(f"{reverse('sites')}{'?' if asked else ''}{asked}")
    try:
        value = _value(setting, query.get("value", ""))
    except (UnreadableValue, Invalid) as refusal:
        return _asked(request, chosen, setting, error=str(refusal))
    if request.method == "POST" and setting and value is not None:
        return _started(request, chosen, setting, value)
    request.actor.require("updateSite")
    if not chosen.sites:
        messages.info(request, "Choose the sites first: check the box at the start of their rows.")
        return redirect("sites")
    return _asked(request, chosen, setting, value=value)


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


def _started(request: PageRequest, chosen: Selection, setting: Setting, value: Any) -> HttpResponse:
    preview = Preview.of(request.actor, chosen.sites, setting, value)
    changing = preview.changing
    if chosen.sites and not preview.may_change_any:
        _refuse(request.actor, chosen.sites[0])
    if chosen.asked is not None and request.POST.get("agreed") != preview.digest:
        messages.error(request, "Nothing was changed: the sites below are not those that were agreed to. Look again.")
        return _asked(request, chosen, setting, value=value, status=409)
    if not changing:
        messages.info(request, "Nothing was changed: these sites have this setting already.")
        return redirect("sites")
    counted = f"{len(changing):,} site{'' if len(changing) == 1 else 's'}"
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
    request: PageRequest,
    chosen: Selection,
    setting: Setting | None,
    *,
    value: Any = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    request.actor.require("updateSite")
    preview = None if setting is None or value is None else Preview.of(request.actor, chosen.sites, setting, value)
    query = request.POST if request.method == "POST" else request.GET
    asked = [("setting", setting.name), ("value", query.get("value", ""))] if setting else []
    context = {
        "chosen": chosen,
        "settings": SETTINGS,
        "setting": setting,
        "value": query.get("value", ""),
        "error": error,
        "preview": preview,
        "part": part_of(
            preview.changes if preview else chosen.sites,
            f"{reverse('change_sites')}?{urlencode([*chosen.fields, *asked])}",
            query.get("page", ""),
        ),
    }
    return render(request, "bulk/change.html", context, status=422 if error else status)
