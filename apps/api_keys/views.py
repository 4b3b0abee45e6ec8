"""The pages about API keys."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.confirmation import confirmed
from apps.accounts.models import Account
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.api_keys import access, life, operations
from apps.api_keys.editor import expiry_choices, group_choices, organization_choices, presets_for, site_choices
from apps.api_keys.forms import KeyForm
from apps.api_keys.frame import show_token
from apps.api_keys.network_check import check_of
from apps.api_keys.portrait import portrait_of
from apps.api_keys.prefill import prefill_from
from apps.permissions.refusals import Invalid


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(operations.create_key)
@sent_once(then="keys")
def new_key(request: PageRequest) -> HttpResponse:
    """The editor. The answer to the POST shows the key, and nothing else ever does."""
    actor, account = request.actor, Account.objects.get(pk=request.actor.own_account_id)
    prefill = prefill_from(request.GET, actor, account)
    form = KeyForm(request.POST if request.method == "POST" else None, initial=prefill.initial)
    if request.method == "POST" and form.is_valid():
        try:
            created = operations.create_key(
                actor,
                name=form.cleaned_data["name"],
                permissions=form.cleaned_data["permissions"],
                expires_at=form.expires_at,
                site_keys=form.site_keys,
                organization_id=form.organization_id,
                networks=form.typed_networks,
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            return show_token(request, created)
    is_sent = request.method == "POST"
    permissions = request.POST.getlist("permissions") if is_sent else prefill.permissions
    context = {
        "form": form,
        "groups": group_choices(actor, account, permissions),
        "choices": site_choices(actor, request.POST.getlist("sites") if is_sent else prefill.sites),
        "organizations": organization_choices(actor),
        "organization": form["organization"].value(),
        "reach": form["reach"].value() or "all",
        "expiry": expiry_choices(account, form["expires"].value()),
        "presets": presets_for(actor),
        "api_is_off": not account.api_is_on,
        "prefill": prefill,
        "check": check_of(form["networks"].value() or "", actor.source.ip),
    }
    return render(request, "api_keys/new.html", context, status=422 if form.errors else 200)


@page
@require_safe
def check_networks(request: PageRequest) -> HttpResponse:
    """Whether the reader's own address lies in the networks that they are typing; a part of a page."""
    request.actor.require("createApiKey")
    check = check_of(request.GET.get("networks", "")[:4000], request.actor.source.ip)
    return render(request, "api_keys/_network_check.html", {"check": check})


@page
@require_safe
def key(request: PageRequest, key_id: UUID) -> HttpResponse:
    """One key: what it may do, in groups and in words."""
    actor, found = request.actor, operations.get_key(request.actor, key_id=key_id)
    context = {
        "key": found,
        "portrait": portrait_of(found, actor),
        "may_update": actor.may("updateApiKey"),
        "may_delete": actor.may("deleteApiKey"),
        "log_url": f"{reverse('log')}?{urlencode({'actor': str(found.pk)})}" if actor.may("getAuditEvents") else "",
        "not_to_be_handed": access.NOT_TO_BE_HANDED,
    }
    return render(request, "api_keys/key.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Ask, naming the key; then delete it for good."""
    if request.method == "POST":
        gone = life.delete_key(request.actor, key_id=key_id)
        messages.success(request, f"“{gone.name}” is deleted. Requests with it are refused from now on.")
        return redirect("keys")
    found = operations.get_key(request.actor, key_id=key_id)
    request.actor.require("deleteApiKey")
    context = {"key": found, "action_label": "Delete key", "cancel_url": reverse("key", args=[found.pk])}
    return render(request, "api_keys/delete.html", context)
