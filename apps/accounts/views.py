"""The first owner's page. Signing in, resetting and verifying are django-allauth's own views."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import SetUpForm
from apps.accounts.invitations import find_open_invitation, found_first_account
from apps.accounts.page import public
from apps.audit.source import source_of
from apps.permissions.refusals import Invalid, NotFound


@public
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@never_cache
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Found the first account through the link that the terminal showed, and sign its owner in."""
    form = SetUpForm(request.POST if request.method == "POST" else None)
    try:
        find_open_invitation(token)
        if request.method == "POST" and form.is_valid():
            person = found_first_account(token, **form.cleaned_data, source=source_of(request, "dashboard"))
            login(request, person)
            messages.success(request, "Welcome. Your account is ready: create your first site.")
            return redirect("overview")
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    except Invalid as invalid:
        for field, message in invalid.errors.items():
            form.add_error(field, message)
    return render(request, "accounts/set_up.html", {"form": form}, status=422 if form.errors else 200)
