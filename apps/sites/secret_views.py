"""The pages about a site's secrets."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.confirmation import confirmed
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest
from apps.credentials.overlap import AT_ONCE, OVERLAPS
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.sites import access
from apps.sites import secrets as operations
from apps.sites.access import Level
from apps.sites.forms import RotationForm, SecretForm
from apps.sites.frame import render_tab, show_secret
from apps.sites.operations import get_site
from apps.sites.page import owns_site, site_page


@site_page
@require_safe
def secrets(request: PageRequest, site_key: str) -> HttpResponse:
    """What is known of the site's live secrets: never the secrets themselves."""
    listed = operations.list_secrets(request.actor, site_key=site_key)
    found = get_site(request.actor, site_key=site_key)
    has_one_lasting = sum(secret.expires_at is None for secret in listed) == 1
    return render_tab(request, found, "secrets", {"secrets": listed, "has_one_lasting": has_one_lasting})


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(operations.add_secret, may=owns_site)
@sent_once(then="site_secrets")
def add_secret(request: PageRequest, site_key: str) -> HttpResponse:
    """Add a labelled secret, and show it in this one answer."""
    found = get_site(request.actor, site_key=site_key)
    form = SecretForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.add_secret(request.actor, site_key=site_key, label=form.cleaned_data["label"])
        except (Conflict, Invalid) as refusal:
            form.add_error("label", str(refusal))
        else:
            return show_secret(request, made, is_new=False, note="Every other secret of the site goes on working.")
    context = {"form": form}
    status = 422 if form.errors else 200
    return render_tab(request, found, "secrets", context, template="sites/secret_new.html", status=status)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(operations.rotate_secret, may=owns_site)
@sent_once(then="site_secrets")
def rotate(request: PageRequest, site_key: str) -> HttpResponse:
    """Ask, naming the site, how long the earlier secrets may go on; then rotate and show the new one."""
    found = get_site(request.actor, site_key=site_key)
    form = RotationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        overlap = OVERLAPS[form.cleaned_data["overlap"] or "0"]
        made = operations.rotate_secret(request.actor, site_key=site_key, overlap=overlap)
        note = "Every earlier secret of the site has stopped." if overlap == AT_ONCE else form.note
        return show_secret(request, made, is_new=False, note=note)
    context = {
        "form": form,
        "title": f"Rotate the secret of “{found.name}”?",
        "action_label": "Rotate secret",
        "cancel_url": reverse("site_secrets", args=[found.site_key]),
    }
    status = 422 if form.errors else 200
    return render_tab(request, found, "secrets", context, template="sites/rotate.html", status=status)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete_secret(request: PageRequest, site_key: str, secret_id: int) -> HttpResponse:
    """Ask, naming the secret by its label and last four characters; then delete it."""
    found = get_site(request.actor, site_key=site_key)
    if request.method == "POST":
        try:
            gone = operations.delete_secret(request.actor, site_key=site_key, secret_id=secret_id)
            messages.success(request, f"The secret {gone.masked} is deleted. It stopped at once.")
        except Conflict as refusal:
            messages.error(request, str(refusal))
        return redirect("site_secrets", site_key=found.site_key)
    request.actor.require("deleteSecret")
    access.require_level(request.actor, found, Level.OWN, "deleteSecret")
    secret = next(
        (one for one in operations.list_secrets(request.actor, site_key=site_key) if one.pk == secret_id), None
    )
    if secret is None:
        raise NotFound("This site has no such secret. It may have been deleted or rotated away already.")
    context = {
        "secret": secret,
        "title": f"Delete a secret of “{found.name}”?",
        "action_label": "Delete secret",
        "cancel_url": reverse("site_secrets", args=[found.site_key]),
    }
    return render_tab(request, found, "secrets", context, template="sites/secret_delete.html")
