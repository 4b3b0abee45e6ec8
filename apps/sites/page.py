"""Pages about one site: also for people who have only a share in it."""

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.actors import guest_actor, person_actor
from apps.accounts.models import Membership
from apps.accounts.page import View, enter_own_account, guarded
from apps.audit.source import source_of
from apps.permissions.actor import Actor
from apps.sites import access
from apps.sites import site_key as spelling
from apps.sites.access import Level
from apps.sites.models import Site

P = ParamSpec("P")


def site_page(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page about the site in its address: the person acts in that site's account, as a member or as a guest."""
    return guarded(view, enter_account_of_site)


def enter_account_of_site(request: Any, arguments: Mapping[str, object]) -> bool:
    """Act in the account that the site belongs to, where the person has a place or a share there.

    Raises:
        Http404: for somebody without an account of their own, when there is no such site for them.
    """
    enters_own = enter_own_account(request)
    key = spelling.read(str(arguments["site_key"]))
    found = Site.objects.living().filter(key=key).only("account_id").first() if key else None
    if found is None or (enters_own and found.account_id == request.membership.account_id):
        return _or_nothing(enters_own)
    place = (
        Membership.objects.select_related("account").filter(account_id=found.account_id, person=request.user).first()
    )
    if place:
        request.membership = place
        request.actor = person_actor(request, place, request.user)
        return True
    if Site.objects.shared_with(request.user.pk).filter(pk=found.pk).exists():
        request.membership = request.membership if enters_own else None
        request.actor = guest_actor(found.account_id, request.user, source_of(request, "dashboard"))
        return True
    return _or_nothing(enters_own)


def owns_site(actor: Actor, *, permission: str, site_key: str, **_: object) -> None:
    """Refuse who does not own the site, for `@confirmed`.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without the permission, or for a site that the actor does not own.
    """
    site = access.site_to_read(actor, site_key)
    actor.require(permission)
    access.require_level(actor, site, Level.OWN, permission)


def _or_nothing(enters_own: bool) -> bool:
    """A stranger with an account gets their own actor, who will find nothing; one without gets nothing at once."""
    if not enters_own:
        raise Http404(access.NO_SUCH_SITE)
    return True
