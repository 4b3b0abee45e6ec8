"""Who asks for a verification with an API key, and for which site."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.sites.models import Site


class Reach(StrEnum):
    """How a key stands to a site that it asks about."""

    REACHED = "reached"
    NO_SUCH_SITE = "no such site"
    NOT_ITS_OWN = "not its own"  # of another account, or of its own and out of its reach
    ANOTHER_ORGANIZATION = "another organization"  # than the one that the key is limited to


@dataclass(frozen=True, slots=True)
class AskedSite:
    """The site that a key asks about.

    Attributes:
        reach: how the key stands to it.
        site: the site, active or not, where the key reaches it.
    """

    reach: Reach
    site: Site | None = None


@reading("verify")
def site_to_verify(actor: Actor, *, key: UUID | None) -> AskedSite:
    """The site with this key, for a verification with an API key; one query.

    That a key does not reach a site is answered and not refused: which site a solution names is written by visitors,
    and nobody shall fill the log with refusals.

    Args:
        actor: the key's.
        key: the site key that the request, or the solution, names; `None` where neither does.

    Raises:
        Forbidden: without `verify`.
    """
    reached = Site.objects.visible_to(actor).filter(pk=OuterRef("pk"))
    found = Site.objects.living().filter(key=key).annotate(is_reached=Exists(reached)).first() if key else None
    if found is None:
        return AskedSite(Reach.NO_SUCH_SITE)
    if getattr(found, "is_reached"):  # noqa: B009  (annotated, so unknown to the model's type)
        return AskedSite(Reach.REACHED, found)
    in_account = found.account_id == actor.account_id
    elsewhere = actor.organization_id not in (None, found.organization_id)
    return AskedSite(Reach.ANOTHER_ORGANIZATION if in_account and elsewhere else Reach.NOT_ITS_OWN)
