"""What every page starts with: who is asking, in which account, and how a refusal is shown.

Each view declares its access by exactly one of these decorators; a test holds that.
"""

import functools
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.actors import current_membership, note_seen, person_actor
from apps.accounts.models import Membership, User
from apps.accounts.second_factor import lacks_required_factor
from apps.audit.actions import Action
from apps.permissions.actor import Actor
from apps.permissions.operation import record_refusal
from apps.permissions.refusals import Forbidden, NotFound

P = ParamSpec("P")
_TO_READ: Final = "GET, HEAD, OPTIONS"


class Access(StrEnum):
    """Who may call a view at all."""

    PUBLIC = "public"
    MEMBER = "member"
    KEY = "key"
    SITE_SECRET = "site secret"  # noqa: S105  (a word)


class PageRequest(HttpRequest):
    """A request of a signed-in person who belongs to an account."""

    user: User
    membership: Membership | None
    actor: Actor


View = Callable[Concatenate[PageRequest, P], HttpResponseBase]
Enter = Callable[[Any, Mapping[str, object]], bool]


def page(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page of the dashboard: for signed-in people with an account; others are sent to sign in."""
    return guarded(view, lambda request, _arguments: enter_own_account(request))


def guarded(
    view: View[P], enter: Enter, *, wants_factor: bool = True
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for signed-in people, with its refusals recorded and shown.

    Args:
        view: the page.
        enter: puts `membership` and `actor` on the request, given the view's arguments; false when the
            person has no account to enter.
        wants_factor: whether a person without a second factor is held back where the account requires one.
    """

    @functools.wraps(view)
    def run(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if not enter(request, kwargs):
            return render(request, "accounts/no_account.html", status=403)
        if wants_factor and lacks_required_factor(request):
            return _to(request, reverse("security"))
        try:
            return view(request, *args, **kwargs)
        except NotFound as refusal:
            raise Http404(str(refusal)) from refusal
        except Forbidden as refusal:
            record_refusal(request.actor, Action.READING_REFUSED, refusal)
            raise PermissionDenied(str(refusal)) from refusal

    run.access = Access.MEMBER  # type: ignore[attr-defined]
    return run


def signed_in(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for signed-in people, whether or not they belong to an account (`actor` is there only if they do)."""
    return guarded(view, lambda request, _arguments: enter_own_account(request) or True, wants_factor=False)


def enter_own_account(request: Any) -> bool:
    """Act in the account that the person works in now; false for somebody who belongs to none."""
    membership = current_membership(request.user)
    if membership is None:
        return False
    request.membership = membership
    request.actor = person_actor(request, membership, request.user)
    note_seen(membership)
    return True


def public(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page that everybody may call."""
    view.access = Access.PUBLIC  # type: ignore[attr-defined]
    return view


def public_to_read(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page or file that everybody may read and nobody can send anything to: no form's token is looked for first."""

    @csrf_exempt
    @functools.wraps(view)
    def run(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            return view(request, *args, **kwargs)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": _TO_READ})
        message = f"This path takes {_TO_READ}, not {(request.method or '')[:20]}."
        return JsonResponse({"error": message}, status=405, headers={"Allow": _TO_READ})

    return public(run)


def _to(request: Any, url: str) -> HttpResponse:
    """Another page, also for htmx, which would swap it into this one."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _to_sign_in(request: Any) -> HttpResponse:
    if request.htmx:
        response = redirect_to_login(request.htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(response.url)
    if request.method not in {"GET", "HEAD"}:
        return redirect_to_login(reverse("overview"))  # what was posted is lost; its address may take no GET
    return redirect_to_login(request.get_full_path())
