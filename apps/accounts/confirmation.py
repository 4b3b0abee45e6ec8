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
from apps.audit.actions import Action
from apps.permissions.operation import OperationEntry, entry_of, recording_refusals

SIGNED_IN_AT: Final = "signed_in_at"
"""The session's key for when it began, in seconds since 1970."""

TOO_LATE: Final = "Nothing was done, because ten minutes have passed. Confirm that it is you, then send the form again."

READING: Final = frozenset({"GET", "HEAD"})

Page = Callable[..., HttpResponseBase]
May = Callable[..., object]


def confirmed(
    operation: Callable[..., object] | None = None, *, may: May | None = None, then: str = ""
) -> Callable[[Page], Page]:
    """Let only those through who may do it, and who signed in or confirmed within the last ten minutes.

    Who may not is told so at once, and is not asked who they are first. What they sent is refused under the
    operation's own action. It stands beneath `@page` and above `@sent_once`. The person comes back to where they
    wanted to go, query included. `ACCOUNT_REAUTHENTICATION_TIMEOUT` says how long the ten minutes are.

    Args:
        operation: what the page is for; it says the permission, and the action of a refusal. None for what everybody
            may do with what is theirs alone.
        may: looks at the permission and closer, and raises what the operation would. It is given the actor,
            `permission`, `reads` (whether the page is only looked at) and the view's arguments.
        then: where the form is, for a view whose form stands on another page, or among other things on its own:
            a URL name that takes the view's arguments, or the first of them. Reading such a page needs no
            confirmation. Without it, the view's own address shows the form, to those who confirmed.
    """

    def decorate(view: Page) -> Page:
        @functools.wraps(view)
        def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if then and request.method in READING:
                return view(request, *args, **kwargs)
            if operation:
                _require(request, entry_of(operation), may, kwargs)
            if not request.user.is_authenticated or is_confirmed(request):
                return view(request, *args, **kwargs)
            return _to_confirmation(request, next_page_url(then, kwargs) if then else request.get_full_path())

        run.confirms = operation  # type: ignore[attr-defined]
        return run

    return decorate


def _require(request: Any, entry: OperationEntry, may: May | None, arguments: dict[str, Any]) -> None:
    action = Action.READING_REFUSED if request.method in READING else entry.actions[0]
    with recording_refusals(request.actor, action, arguments):
        if may:
            may(request.actor, permission=entry.permission, reads=request.method in READING, **arguments)
        else:
            request.actor.require(entry.permission)


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
