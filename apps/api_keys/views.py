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
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page
from apps.api_keys import life, operations
from apps.api_keys.editor import group_choices, prefill_from, presets_for
from apps.api_keys.forms import KeyForm
from apps.api_keys.snippets import first_calls
from apps.permissions.refusals import Invalid


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed()
@sent_once(then="keys")
def new_key(request: PageRequest) -> HttpResponse:
    """The editor. The answer to the POST shows the key, and nothing else ever does."""
    actor = request.actor
    prefill = prefill_from(request.GET, actor)
    form = KeyForm(request.POST if request.method == "POST" else None, initial=prefill.initial)
    if request.method == "POST" and form.is_valid():
        try:
            created = operations.create_key(
                actor,
                name=form.cleaned_data["name"],
                permissions=form.cleaned_data["permissions"],
                expires_at=form.expires_at,
            )
        except Invalid as invalid:
            form.show(invalid.errors)
        else:
            base_url = request.build_absolute_uri("/").rstrip("/")
            token = created.token.reveal()
            snippets = first_calls(created.key, token, base_url)
            context = {"key": created.key, "token": token, "snippets": snippets}
            return render(request, "api_keys/token_shown.html", context)
    actor.require("createApiKey")
    chosen = request.POST.getlist("permissions") if request.method == "POST" else prefill.permissions
    context = {
        "form": form,
        "groups": group_choices(actor, chosen),
        "presets": presets_for(actor),
        "prefill": prefill,
    }
    return render(request, "api_keys/new.html", context, status=422 if form.errors else 200)


@page
@require_safe
def key(request: PageRequest, key_id: UUID) -> HttpResponse:
    """One key: what it may do, in groups and in words."""
    found = operations.get_key(request.actor, key_id=key_id)
    context = {
        "key": found,
        "may_delete": request.actor.may("deleteApiKey"),
        "log_url": f"{reverse('log')}?{urlencode({'actor': str(found.pk)})}"
        if request.actor.may("getAuditEvents")
        else "",
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
