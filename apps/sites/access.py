"""Access returns the site or refuses.

| level | sees | changes settings | secrets, sharing, deleting |
|---|---|---|---|
| OWN | yes | yes | yes |
| WRITE | yes | yes | no |
| READ | yes | no | no |

Who may not see a site gets the same answer as for one that does not exist.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final
from uuid import UUID

from apps.accounts.models import Membership, Organization
from apps.audit import clock
from apps.audit.record import Target
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import Share, ShareLevel
from apps.permissions.refusals import Forbidden, NotFound
from apps.permissions.roles import MANAGES_ALL_SITES, READS_ALL_SITES
from apps.sites import site_key as spelling
from apps.sites.models import Site, SiteQuerySet

NO_SUCH_SITE: Final = "There is no site with this key here. Check the key, and that it belongs to this account."
NO_SUCH_ORGANIZATION: Final = "There is no such organization here. It may have been deleted."


class NoSuchSite(NotFound):
    """There is no site with this key that the actor may know of."""


class NoSuchOrganization(NotFound):
    """There is no such organization that the actor may know of."""


class OutOfReach(Forbidden):
    """The key is limited to one organization, and it asked for another, whether there is one or not."""


class Level(IntEnum):
    """How far an actor's access to one site goes."""

    READ = 1
    WRITE = 2
    OWN = 3


def target_of(site: Site) -> Target:
    """The site as the audit log names it."""
    return Target("site", site.site_key, site.name)


def target_of_organization(organization: Organization) -> Target:
    """The organization as the audit log names it."""
    return Target("organization", str(organization.pk), organization.name)


def organization_to_read(actor: Actor, organization_id: int, *, permission: str) -> Organization:
    """The organization with this number.

    Raises:
        NoSuchOrganization: when there is none that the actor may know of.
        OutOfReach: for any but its own, when a key is limited to one.
    """
    if actor.organization_id not in (None, organization_id):
        raise OutOfReach("This API key reaches one organization only, and not this one.", permission=permission)
    organization = Organization.objects.visible_to(actor).filter(pk=organization_id).first()
    if organization is None:
        raise NoSuchOrganization(NO_SUCH_ORGANIZATION)
    return organization


def organization_to_change(actor: Actor, organization_id: int, *, permission: str) -> Organization:
    """The organization, locked until the transaction ends: nobody deletes it meanwhile, or puts a site into it.

    Raises:
        NoSuchOrganization: when there is none that the actor may know of.
        OutOfReach: for any but its own, when a key is limited to one.
    """
    found = organization_to_read(actor, organization_id, permission=permission)
    locked = Organization.objects.living().select_for_update(no_key=True).filter(pk=found.pk).first()
    if locked is None:
        raise NoSuchOrganization(NO_SUCH_ORGANIZATION)
    return locked


def organization_to_restore(actor: Actor, organization_id: int) -> Organization:
    """A deleted organization that can still be brought back, locked until the transaction ends.

    Raises:
        NoSuchOrganization: when there is none that the actor may know of.
    """
    deleted = Organization.objects.restorable(clock.now()).filter(account_id=actor.own_account_id, pk=organization_id)
    organization = deleted.select_for_update(no_key=True).first()
    if organization is None:
        raise NoSuchOrganization(NO_SUCH_ORGANIZATION)
    return organization


def visible_sites(actor: Actor, site_keys: Sequence[str]) -> list[Site]:
    """Those of the sites that the actor may know of, by name."""
    keys = {key for key in map(spelling.read, site_keys) if key}
    return list(Site.objects.visible_to(actor).filter(key__in=keys).order_by("name", "pk")) if keys else []


def sites_to_own(actor: Actor, site_keys: Sequence[str], *, permission: str) -> list[Site]:
    """Several sites, locked until the transaction ends, in one order for everybody.

    Raises:
        NotFound: when there is one among them that the actor may not know of.
        Forbidden: when there is one among them that the actor does not own.
    """
    wanted = {spelling.read(site_key) for site_key in site_keys}
    visible = Site.objects.visible_to(actor).select_for_update(of=("self",)).order_by("pk")
    sites = list(visible.filter(key__in=[key for key in wanted if key]))
    if len(sites) < len(wanted) or not sites:
        raise NoSuchSite(NO_SUCH_SITE)
    levels = levels_of([(actor, site) for site in sites])
    for site in sites:
        _require_level(levels[site.pk], site, Level.OWN, permission)
    return sites


def site_to_read(actor: Actor, key: str) -> Site:
    """The site with this key, in any contract's spelling.

    Raises:
        NotFound: when there is none that the actor may know of.
    """
    return _site(actor, key, Site.objects.visible_to(actor))


def site_to_write(actor: Actor, key: str, *, permission: str) -> Site:
    """The site, locked until the transaction ends, for a change of its settings.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: when the actor may only read it.
    """
    return _locked(actor, key, Level.WRITE, permission)


def site_to_own(actor: Actor, key: str, *, permission: str) -> Site:
    """The site, locked until the transaction ends, for its secrets, its sharing, its state.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: when the actor does not own it.
    """
    return _locked(actor, key, Level.OWN, permission)


def deleted_site_to_own(actor: Actor, key: str, *, permission: str) -> Site:
    """A deleted site that can still be restored, locked until the transaction ends.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: when the actor does not own it.
    """
    site = _site(actor, key, Site.objects.restorable_by(actor, clock.now()).select_for_update(of=("self",)))
    require_level(actor, site, Level.OWN, permission)
    return site


def require_oversight(actor: Actor, site: Site, permission: str) -> None:
    """Refuse those who only have a share in a site what its owners, viewers and auditors may read of it.

    Raises:
        Forbidden: saying how far the share goes.
    """
    if not may_oversee(actor, site):
        require_level(actor, site, Level.OWN, permission)


def may_oversee(actor: Actor, site: Site) -> bool:
    """Whether the actor may see a site's secrets by label, and who shares it: not by a share alone."""
    return actor.role in READS_ALL_SITES or level_of(actor, site) is Level.OWN


def level_of(actor: Actor, site: Site) -> Level:
    """How far the actor's access goes to a site that it may see."""
    return levels_of([(actor, site)])[site.pk]


def levels_of(places: Sequence[tuple[Actor, Site]]) -> dict[int, Level]:
    """How far one person's access goes to many sites that they may see, in one query at most.

    Args:
        places: each site, and the actor that the person, or their key, is there.

    Returns:
        The level by the site's number.
    """
    levels = {site.pk: Level.OWN if _owns(actor, site) else Level.READ for actor, site in places}
    person_id = next((actor.person_id for actor, _ in places), None)
    shared = [number for number, level in levels.items() if level is Level.READ]
    if shared:
        written = Share.objects.filter(site_id__in=shared, person_id=person_id, level=ShareLevel.WRITE)
        levels |= dict.fromkeys(written.values_list("site_id", flat=True), Level.WRITE)
    return levels


def _owns(actor: Actor, site: Site) -> bool:
    if actor.kind is ActorKind.SYSTEM or actor.role in MANAGES_ALL_SITES:
        return True
    return site.created_by_id == actor.person_id and not actor.is_guest


def creator_of(site: Site) -> Membership | None:
    """The place, in the site's account, of whoever created it; `None` when they have left it."""
    places = Membership.objects.active().select_related("person")
    return places.filter(account_id=site.account_id, person_id=site.created_by_id).first()


def may(actor: Actor, site: Site, permission: str, level: Level) -> bool:
    """Whether the actor could do what needs this permission and level: for pages that show or hide a button."""
    return actor.may(permission) and level_of(actor, site) >= level


def _locked(actor: Actor, key: str, needed: Level, permission: str) -> Site:
    site = _site(actor, key, Site.objects.visible_to(actor).select_for_update(of=("self",)))
    require_level(actor, site, needed, permission)
    return site


def require_level(actor: Actor, site: Site, needed: Level, permission: str) -> None:
    """Refuse an actor whose access to the site does not go far enough.

    Raises:
        Forbidden: saying how far it goes.
    """
    _require_level(level_of(actor, site), site, needed, permission)


def _require_level(level: Level, site: Site, needed: Level, permission: str) -> None:
    if level < needed:
        held = "read" if level is Level.READ else "change the settings of"
        raise Forbidden(
            f"You may {held} the site “{site.name}”, but {permission} needs its owner or an admin.",
            permission=permission,
            target=target_of(site),
        )


def _site(actor: Actor, key: str, sites: SiteQuerySet) -> Site:
    uuid: UUID | None = spelling.read(key)
    site = sites.filter(key=uuid).first() if uuid else None
    if site is None:
        raise NoSuchSite(NO_SUCH_SITE)
    return site
