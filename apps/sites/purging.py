"""What happens to sites and organizations that were deleted 30 days ago: they go for good, and their events stay."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeVar

from django.db import models

from apps.accounts.models import RESTORABLE_FOR, Organization, OrganizationQuerySet
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Source, Target, record
from apps.permissions.actor import Actor, system
from apps.permissions.operation import SYSTEM_ONLY, operation
from apps.sites.access import target_of
from apps.sites.models import Site, SiteQuerySet

BATCH: Final = 500  # rows looked up at once; each goes in a transaction of its own
Purged = Site | Organization
P = TypeVar("P", Site, Organization)


def sites_to_purge(moment: datetime) -> SiteQuerySet:
    """The sites that nobody can restore any more at `moment`."""
    return Site.objects.filter(deleted_at__lte=moment - RESTORABLE_FOR)


def organizations_to_purge(moment: datetime) -> OrganizationQuerySet:
    """The organizations that nobody can restore any more at `moment`, and that hold no site but such."""
    kept = Site.objects.filter(organization=models.OuterRef("pk")).exclude(pk__in=sites_to_purge(moment).values("pk"))
    return Organization.objects.filter(deleted_at__lte=moment - RESTORABLE_FOR).exclude(models.Exists(kept))


@operation(SYSTEM_ONLY, Action.SITE_PURGED)
def purge_site(actor: Actor, *, site_id: int) -> Site | None:
    """Delete a site for good, with its secrets, its shares and its place in what keys reach.

    Args:
        actor: the product itself, in the account of the site.
        site_id: the site.

    Returns:
        What it was; `None` when it can be restored, or is gone already.
    """
    site = sites_to_purge(clock.now()).select_for_update(of=("self",)).filter(pk=site_id).first()
    if site is None:
        return None
    record(actor, Action.SITE_PURGED, target_of(site), changes={"name": (site.name, None)})
    site.delete()
    return site


@operation(SYSTEM_ONLY, Action.ORGANIZATION_PURGED)
def purge_organization(actor: Actor, *, organization_id: int) -> Organization | None:
    """Delete an organization for good, once no site is in it.

    Args:
        actor: the product itself, in the account of the organization.
        organization_id: the organization.

    Returns:
        What it was; `None` when it can be restored, still has sites, or is gone already.
    """
    locked = organizations_to_purge(clock.now()).select_for_update(of=("self",)).filter(pk=organization_id)
    organization = locked.filter(sites=None).first()
    if organization is None:
        return None
    target = Target("organization", str(organization.pk), organization.name)
    record(actor, Action.ORGANIZATION_PURGED, target, changes={"name": (organization.name, None)})
    organization.delete()
    return organization


def purge_deleted(source: Source) -> list[Purged]:
    """Purge everything that was deleted 30 days ago, sites first; what a killed run has left, the next one does.

    Args:
        source: `worker` or `command line`.

    Returns:
        What went.
    """
    moment = clock.now()
    return [
        *_one_by_one(sites_to_purge(moment), lambda actor, pk: purge_site(actor, site_id=pk), source),
        *_one_by_one(
            organizations_to_purge(moment), lambda actor, pk: purge_organization(actor, organization_id=pk), source
        ),
    ]


def _one_by_one(rows: models.QuerySet[P], purge: Callable[[Actor, int], P | None], source: Source) -> Iterator[P]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "account_id")[:BATCH]):
        for pk, account_id in batch:
            if gone := purge(system(source, account_id), pk):
                yield gone
        last = batch[-1][0]
