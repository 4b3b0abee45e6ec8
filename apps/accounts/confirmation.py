"""Confirm that it is you: what matters wants a sign-in or a confirmation that is no older than ten minutes.

The form's page is held back, not the form that was sent: nothing that somebody typed is kept for later. A form
that is sent too late does nothing; the person confirms and finds the form's page again.
"""

import functools
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.next_page import next_page_url
from apps.audit import clock

SIGNED_IN_AT: Final = "signed_in_at"
"""The session's key for when it began, in seconds since 1970."""

TOO_LATE: Final = "Nothing was done, because ten minutes have passed. Confirm that it is you, then send the form again."

READING: Final = frozenset({"GET", "HEAD"})

Page = Callable[..., HttpResponseBase]


def confirmed(then: str = "") -> Callable[[Page], Page]:
    """Let only those through who signed in or confirmed within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds.

    It stands beneath `@page` and above `@sent_once`. The person comes back to where they wanted to go, query included.

    Args:
        then: where the form is, for a view whose form stands on another page, or among other things on its own:
            a URL name that takes the view's arguments, or the first of them. Reading such a page needs no
            confirmation. Without it, the view's own address shows the form, to those who confirmed.
    """

    def decorate(view: Page) -> Page:
        @functools.wraps(view)
        def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            only_reads = then and request.method in READING
            if only_reads or not request.user.is_authenticated or is_confirmed(request):
                return view(request, *args, **kwargs)
            return _to_confirmation(request, next_page_url(then, kwargs) if then else request.get_full_path())

        return run

    return decorate


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the signed-in person proved who they are within the last ten minutes."""
    proofs = [float(proof["at"]) for proof in get_authentication_records(request, request.user)]
    last = max([*proofs, float(request.session.get(SIGNED_IN_AT, 0))])
    return bool(clock.now().timestamp() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def _to_confirmation(request: Any, form_url: str) -> HttpResponse:
    if request.method not in READING:
        messages.warning(request, TOO_LATE)
    if request.htmx:
        form_url = request.htmx.current_url_abs_path or form_url
        return HttpResponseClientRedirect(_confirmation_url(request, form_url))
    return redirect(_confirmation_url(request, form_url))


def _confirmation_url(request: HttpRequest, form_url: str) -> str:
    """Where to confirm: by password or factor; by the sign-on service for those who have neither."""
    if get_adapter().get_reauthentication_methods(request.user):
        return f"{reverse('account_reauthenticate')}?{urlencode({'next': form_url})}"
    sign_on = SocialAccount.objects.filter(user_id=request.user.pk).first()
    if sign_on and settings.OIDC_ISSUER:
        query = urlencode({"next": form_url, "prompt": "login"})
        return f"{reverse('openid_connect_login', args=[sign_on.provider])}?{query}"
    messages.info(request, "You have no password yet. Set one by mail, then sign in with it.")
    return reverse("account_reset_password")
