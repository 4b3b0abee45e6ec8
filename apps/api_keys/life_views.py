"""The pages of a key's life: edit, rotate, end earlier tokens, disable, enable."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.confirmation import confirmed
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.api_keys import access, life, operations
from apps.api_keys.editor import earlier_expiry_choices, held_choices, kept_choices, organization_choices, site_choices
from apps.api_keys.forms import OVERLAP_CHOICES, EditForm, RotationForm
from apps.api_keys.frame import show_token
from apps.api_keys.models import ApiKey
from apps.api_keys.network_check import check_of
from apps.api_keys.pending import kept_organization, kept_sites, pending_changes, reached_sites
from apps.audit import clock
from apps.credentials.overlap import OVERLAPS
from apps.permissions.actor import Actor
from apps.permissions.refusals import Conflict, Invalid


@page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Rename a key, or take away of what it has. `step=preview` only says what would change."""
    form = EditForm(request.POST if request.method == "POST" else None)
    is_preview = request.POST.get("step") == "preview"
    if request.method == "POST" and not is_preview and form.is_valid():
        try:
            changed = life.update_key(request.actor, key_id=key_id, **_kept(request, key_id, form))
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            messages.success(request, f"“{changed.name}” is saved. It holds from the next request on.")
            return redirect("key", key_id=key_id)
    found = operations.get_key(request.actor, key_id=key_id)
    request.actor.require("updateApiKey")
    if is_preview and "HX-Request" in request.headers:
        form.is_valid()
        context = {"changes": pending_changes(found, form, request.actor)}
        return render(request, "api_keys/_pending.html", context)
    return _show_editor(request, found, form)


def _kept(request: PageRequest, key_id: UUID, form: EditForm) -> dict[str, Any]:
    """What the key keeps, as the operation takes it."""
    key = ApiKey.objects.visible_to(request.actor).filter(pk=key_id).first()
    return {
        "name": form.cleaned_data["name"],
        "permissions": form.cleaned_data["permissions"],
        "site_keys": kept_sites(form, key, request.actor) if key else None,
        "organization_id": kept_organization(form, key) if key else None,
        "networks": form.typed_networks,
        "expires_at": form.expires_at,
    }


def _show_editor(request: PageRequest, key: ApiKey, form: EditForm) -> HttpResponse:
    """The form, as the key is or as it was typed, and what saving it would change."""
    reached, is_open = list(reached_sites(key, request.actor)), key.reaches_all_sites or key.organization is not None
    if form.is_bound:
        permissions, sites = request.POST.getlist("permissions"), request.POST.getlist("sites")
        form.is_valid()
    else:
        permissions, sites = key.permissions, [site.site_key for site in reached]
        form = EditForm(initial={"name": key.name, "networks": "\n".join(key.networks), "expires": ""})
    context = {
        "form": form,
        "key": key,
        "groups": held_choices(key.permissions, permissions, key.account),
        "choices": site_choices(request.actor, sites, key.organization) if is_open else kept_choices(reached, sites),
        "organizations": [key.organization] if key.organization else organization_choices(request.actor),
        "organization": key.organization_id or form["organization"].value(),
        "is_open": is_open,
        "api_is_off": not key.account.api_is_on,
        "hidden_sites": 0 if is_open else key.sites.count() - len(reached),
        "reach": form["reach"].value() or ("all" if key.reaches_all_sites else "organization" if is_open else "sites"),
        "expiry": earlier_expiry_choices(form["expires"].value() or ""),
        "check": check_of(form["networks"].value() or "", request.actor.source.ip),
        "changes": pending_changes(key, form, request.actor) if form.is_bound else [],
    }
    return render(request, "api_keys/edit.html", context, status=422 if form.errors else 200)


def _may_be_handed(actor: Actor, *, permission: str, key_id: UUID, **_: object) -> None:
    actor.require(permission)
    access.require_to_be_handed(actor, operations.get_key(actor, key_id=key_id))


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(life.rotate_key, may=_may_be_handed)
@sent_once(then="key")
def rotate(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Ask how long the earlier tokens may go on; then rotate and show the new one in this answer."""
    form = RotationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        overlap = OVERLAPS[form.cleaned_data["overlap"] or "0"]
        try:
            made = life.rotate_key(request.actor, key_id=key_id, overlap=overlap)
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return redirect("key", key_id=key_id)
        return show_token(request, made, note=form.note)
    context = {
        "form": form,
        "key": operations.get_key(request.actor, key_id=key_id),
        "overlaps": OVERLAP_CHOICES,
        "overlap": request.POST.get("overlap", "0"),
        "action_label": "Rotate key",
        "cancel_url": reverse("key", args=[key_id]),
    }
    return render(request, "api_keys/rotate.html", context, status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def end_earlier_tokens(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Ask, naming the tokens; then end the overlap of a rotation."""
    if request.method == "POST":
        try:
            key = life.end_earlier_tokens(request.actor, key_id=key_id)
            messages.success(request, f"Only {key.masked}, the newest token of “{key.name}”, works from now on.")
        except Conflict as refusal:
            messages.error(request, str(refusal))
        return redirect("key", key_id=key_id)
    found = operations.get_key(request.actor, key_id=key_id)
    request.actor.require("updateApiKey")
    earlier = found.tokens.live(clock.now()).filter(expires_at__isnull=False).order_by("pk")
    context = {
        "key": found,
        "tokens": earlier,
        "action_label": "Stop them now",
        "cancel_url": reverse("key", args=[key_id]),
    }
    return render(request, "api_keys/end_earlier_tokens.html", context)


@page
@require_POST
def disable(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Switch a key off; its page offers to switch it on again."""
    life.disable_keys(request.actor, key_ids=[key_id])
    return redirect("key", key_id=key_id)


@page
@require_POST
def enable(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Switch a key on again, as it was."""
    key = life.enable_key(request.actor, key_id=key_id)
    messages.success(request, f"“{key.name}” is enabled. It works again as it did.")
    return redirect("key", key_id=key_id)
