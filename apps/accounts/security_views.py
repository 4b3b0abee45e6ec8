"""The pages about one's own security, and the account's settings. Each change is django-allauth's or an operation."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.confirmation import confirmed
from apps.accounts.forms import AccountSettingsForm
from apps.accounts.operations import update_account
from apps.accounts.page import PageRequest, page, public_to_read, signed_in
from apps.accounts.second_factor import FACTORS, lacks_required_factor
from apps.permissions.refusals import Invalid


@signed_in
@require_safe
def security(request: PageRequest) -> HttpResponse:
    """One's password, second factors and sessions."""
    factors = Authenticator.objects.filter(user=request.user).order_by("created_at")
    codes = next((factor for factor in factors if factor.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "authenticator_app": next((factor for factor in factors if factor.type == Authenticator.Type.TOTP), None),
        "passkeys": [factor.wrap() for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "recovery_codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "is_protected": any(factor.type in FACTORS for factor in factors),
        "has_password": request.user.has_usable_password(),
        "must_set_up": lacks_required_factor(request),
        "sessions": sorted(UserSession.objects.purge_and_list(request.user), key=_newest_first),
    }
    return render(request, "accounts/security.html", context)


@signed_in
@require_POST
@transaction.atomic
def end_session(request: PageRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's own sessions, at once."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    if session.is_current():
        logout(request)
        return redirect("account_login")
    get_sessions_adapter().end_sessions([session])
    messages.success(request, "That session is signed out.")
    return redirect("security")


@public_to_read
def to_security(request: HttpRequest) -> HttpResponse:
    """Where django-allauth's own overviews would be."""
    return redirect("security")


@page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(update_account)
def account_settings(request: PageRequest) -> HttpResponse:
    """What holds for everybody in the account."""
    if request.membership is None:
        raise Http404
    account = request.membership.account
    form = AccountSettingsForm(
        request.POST if request.method == "POST" else None,
        initial={
            "requires_second_factor": account.requires_second_factor,
            "lets_shares_wait": account.lets_shares_wait,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            update_account(request.actor, **form.cleaned_data)
        except Invalid as invalid:
            for field, message in invalid.errors.items():
                form.add_error(field, message)
        else:
            messages.success(request, "Settings saved. They hold from everybody's next click on.")
            return redirect("account_settings")
    status = 422 if form.errors else 200
    return render(request, "accounts/account_settings.html", {"form": form}, status=status)


def _newest_first(session: Any) -> tuple[bool, float]:
    """This session before the others, then by when each was last used."""
    return not session.is_current(), -session.last_seen_at.timestamp()
