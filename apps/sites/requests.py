"""Creating a site once, however often the request for it is sent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from apps.audit import clock
from apps.audit.actions import Action
from apps.permissions.actor import Actor
from apps.permissions.operation import operation
from apps.permissions.refusals import Conflict, Forbidden
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.request_models import SiteRequest


class RequestChanged(Conflict):
    """The key came before, with another request."""


class RequestedSiteGone(Conflict):
    """The site that the first request made is there no longer."""


@dataclass(frozen=True, slots=True)
class RequestedSite:
    """The site that a request made, now or when it first came.

    Attributes:
        site: as it is now.
        secret: whole for the first answer, masked for every later one.
        is_repeated: whether the request came before.
    """

    site: Site
    secret: str
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class NamedRequest:
    """A request that its sender gave a name, to send it again under the same.

    Attributes:
        key: the name.
        digest: SHA-256 of what is asked for.
    """

    key: str
    digest: bytes


@operation("createSite", Action.SITE_CREATED)
def create_site_once(
    actor: Actor, *, request: NamedRequest | None, name: str, allowed_origins: Sequence[str]
) -> RequestedSite:
    """Create a site with its first secret, unless this actor's same request has made it in the last 24 hours.

    The row that stands for the request is written first: of two that come at the same moment, the second waits
    at its unique mark for the first to be done, or to fail and leave nothing.

    Args:
        actor: who.
        request: the request; `None` for one without a name, which creates a site each time it is sent.
        name: 1 to 255 characters.
        allowed_origins: 1 to 100 origins.

    Raises:
        Invalid: for a name or an origin that cannot be used.
        RequestChanged: when the key came before, with another request.
        RequestedSiteGone: when the site has been deleted since, or is out of the actor's sight.
        Forbidden: without `createSite`.
    """
    row = None
    if request:
        row, is_new = _remember(actor, request)
        if not is_new:
            return _made_before(actor, row, request)
    try:
        made = create_site(actor, name=name, allowed_origins=allowed_origins)
    except Forbidden as refusal:
        refusal.is_recorded = False  # its event goes with this transaction; another is written after it
        raise
    if row:
        row.site, row.masked_secret = made.site, made.stored.masked
        row.save(update_fields=["site", "masked_secret"])
    return RequestedSite(made.site, made.secret.reveal(), is_repeated=False)


def _remember(actor: Actor, request: NamedRequest) -> tuple[SiteRequest, bool]:
    """The row of a request, and whether it came for the first time."""
    now = clock.now()
    mark = _mark(actor, request.key)
    SiteRequest.objects.outdated(now).filter(mark=mark).delete()
    return SiteRequest.objects.get_or_create(mark=mark, defaults={"request": request.digest, "asked_at": now})


def _made_before(actor: Actor, row: SiteRequest, request: NamedRequest) -> RequestedSite:
    if bytes(row.request) != request.digest:
        raise RequestChanged(
            "This Idempotency-Key was used in the last 24 hours for another request. Send a new key with a new request."
        )
    site = Site.objects.visible_to(actor).filter(pk=row.site_id or 0).first()
    if site is None:
        raise RequestedSiteGone(
            "The site that was created with this Idempotency-Key has been deleted since. "
            "To create another one, send a new key."
        )
    return RequestedSite(site, row.masked_secret, is_repeated=True)


def _mark(actor: Actor, idempotency_key: str) -> bytes:
    """What stands for one caller's key: nobody meets another's by choosing the same."""
    text = "\n".join((str(actor.own_account_id), actor.kind, actor.id, idempotency_key))
    return hashlib.sha256(text.encode()).digest()
