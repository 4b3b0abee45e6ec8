"""Everything that can be done with organizations: named groups of sites inside an account.

Whoever sees the account's sites by a role sees its organizations; owners and admins make and change them. A site's
owner may put it into any of them.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from apps.accounts.models import Organization, OrganizationQuerySet
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Forbidden, Invalid
from apps.sites import access
from apps.sites.access import NoSuchOrganization as NoSuchOrganization
from apps.sites.limits import OrganizationLimitReached as OrganizationLimitReached
from apps.sites.limits import lock_account, require_room_for_an_organization, require_room_for_sites
from apps.sites.models import Site
from apps.sites.settings import Naming, require_free_name

LONGEST_NAME: Final = 255  # bytes of UTF-8
MOST_AT_ONCE: Final = 500  # sites in one move
_SIGNS: Final = frozenset(" '-_&.:()[]")
_LETTERS_AND_DIGITS: Final = ("L", "M", "Nd")  # a mark, such as a vowel of Devanagari, is a part of its letter


class OrganizationNameTaken(Conflict):
    """Another organization of the account has this name."""


@reading("getOrganizations")
def list_organizations(actor: Actor) -> OrganizationQuerySet:
    """The organizations that the actor may know of, to be narrowed and paged by the caller.

    Raises:
        Forbidden: without `getOrganizations`.
    """
    return Organization.objects.visible_to(actor)


@reading("getOrganizations")
def get_organization(actor: Actor, *, organization_id: int) -> Organization:
    """One organization.

    Raises:
        NoSuchOrganization: when there is none that the actor may know of.
        Forbidden: without `getOrganizations`; `OutOfReach` for a key that is limited to another one.
    """
    return access.organization_to_read(actor, organization_id, permission="getOrganizations")


@operation("createOrganization", Action.ORGANIZATION_CREATED)
def create_organization(actor: Actor, *, name: str) -> Organization:
    """Create an organization, still without sites.

    Args:
        actor: who.
        name: 1 to 255 bytes: letters, digits, spaces and `'-_&.:()[]`.

    Raises:
        Invalid: for a name that cannot be used.
        OrganizationNameTaken: for another organization's name.
        OrganizationLimitReached: when the account has as many as it may.
        Forbidden: without `createOrganization`.
    """
    cleaned = clean_organization_name(name)
    account = lock_account(actor.own_account_id)
    organization = Organization(account=account, name=cleaned, created_at=clock.now())
    _require_free_name(organization)
    require_room_for_an_organization(account)
    organization.save()
    target = access.target_of_organization(organization)
    record(actor, Action.ORGANIZATION_CREATED, target, changes={"name": (None, cleaned)})
    return organization


@operation("updateOrganization", Action.ORGANIZATION_RENAMED)
def rename_organization(actor: Actor, *, organization_id: int, name: str) -> Organization:
    """Give an organization another name. The same name records nothing.

    Args:
        actor: who.
        organization_id: which.
        name: 1 to 255 bytes: letters, digits, spaces and `'-_&.:()[]`.

    Raises:
        Invalid: for a name that cannot be used.
        NoSuchOrganization: when there is none that the actor may know of.
        OrganizationNameTaken: for another organization's name.
        Forbidden: without `updateOrganization`.
    """
    cleaned = clean_organization_name(name)
    lock_account(actor.own_account_id)
    organization = access.organization_to_change(actor, organization_id, permission="updateOrganization")
    before, organization.name = organization.name, cleaned
    if before == cleaned:
        return organization
    _require_free_name(organization)
    organization.save(update_fields=["name"])
    target = access.target_of_organization(organization)
    record(actor, Action.ORGANIZATION_RENAMED, target, changes={"name": (before, cleaned)})
    return organization


@operation("deleteOrganization", Action.ORGANIZATION_DELETED, Action.SITE_DELETED)
def delete_organization(actor: Actor, *, organization_id: int) -> Organization:
    """Delete an organization with its sites: they stop at once, its name is free, and 30 days long it can come back.

    Raises:
        NoSuchOrganization: when there is none that the actor may know of.
        Forbidden: without `deleteOrganization`.
    """
    lock_account(actor.own_account_id)
    organization = access.organization_to_change(actor, organization_id, permission="deleteOrganization")
    living = Site.objects.living().filter(organization=organization)
    sites = list(living.select_for_update(of=("self",)).order_by("pk"))
    organization.deleted_at = clock.now()
    organization.save(update_fields=["deleted_at"])
    living.update(deleted_at=organization.deleted_at)
    for site in sites:
        gone: Changes = {"name": (site.name, None), "organization": (organization.name, None)}
        record(actor, Action.SITE_DELETED, access.target_of(site), changes=gone)
    changes: Changes = {"name": (organization.name, None), "sites": (len(sites), 0)}
    record(actor, Action.ORGANIZATION_DELETED, access.target_of_organization(organization), changes=changes)
    return organization


@reading("deleteOrganization")
def list_deleted_organizations(actor: Actor) -> OrganizationQuerySet:
    """The organizations that the actor could restore, the last deleted first.

    Raises:
        Forbidden: without `deleteOrganization`.
    """
    deleted = Organization.objects.restorable(clock.now()).filter(account_id=actor.own_account_id)
    return deleted.order_by("-deleted_at", "-pk")


@operation("deleteOrganization", Action.ORGANIZATION_RESTORED, Action.SITE_RESTORED)
def restore_organization(actor: Actor, *, organization_id: int, name: str | None = None) -> Organization:
    """Bring a deleted organization back within 30 days, with exactly the sites that went with it.

    Args:
        actor: who.
        organization_id: which.
        name: another name than it had, where that was taken meanwhile; `None` for the one that it had.

    Raises:
        Invalid: for a name that cannot be used.
        NoSuchOrganization: when none was deleted lately, or not for the actor.
        OrganizationNameTaken: when another organization has the name.
        OrganizationLimitReached: when the account has as many organizations as it may.
        SiteLimitReached: when its sites would be too many for the account.
        Forbidden: without `deleteOrganization`.
    """
    cleaned = None if name is None else clean_organization_name(name)
    account = lock_account(actor.own_account_id)
    organization = access.organization_to_restore(actor, organization_id)
    went_along = Site.objects.filter(organization=organization, deleted_at=organization.deleted_at)
    sites = list(went_along.select_for_update(of=("self",)).order_by("pk"))
    organization.name = cleaned or organization.name
    _require_free_name(organization)
    require_room_for_an_organization(account)
    require_room_for_sites(account.pk, len(sites))
    went_along.update(deleted_at=None)
    organization.deleted_at = None
    organization.save(update_fields=["deleted_at", "name"])
    for site in sites:
        back: Changes = {"name": (None, site.name), "organization": (None, organization.name)}
        record(actor, Action.SITE_RESTORED, access.target_of(site), changes=back)
    changes: Changes = {"name": (None, organization.name), "sites": (0, len(sites))}
    record(actor, Action.ORGANIZATION_RESTORED, access.target_of_organization(organization), changes=changes)
    return organization


@operation("updateSite", Action.SITE_MOVED)
def move_sites(
    actor: Actor, *, site_keys: Sequence[str], organization_id: int | None, naming: Naming = Naming.FREE
) -> int:
    """Put sites into another organization, or into none; all or nothing. Those that are there already stay.

    Only a site's owner may: by moving it, keys that are limited to an organization begin or cease to reach it, and it
    goes along when the organization is deleted. For the same reason no limited key may.

    Args:
        actor: who.
        site_keys: 1 to 500, in any contract's spelling.
        organization_id: where to; `None` for no organization.
        naming: what the sites may be called there.

    Returns:
        How many were moved.

    Raises:
        Invalid: for more than 500 sites.
        NotFound: for a site or an organization that the actor may not know of.
        NameTaken: for the name of a site that is there, where names are unique.
        Forbidden: without `updateSite`, for a site that the actor does not own, or by a limited key.
    """
    if not actor.reaches_all_sites:
        text = "An API key that does not reach all sites cannot move any: that changes which keys reach them."
        raise Forbidden(text, permission="updateSite")
    if len(site_keys) > MOST_AT_ONCE:
        raise Invalid({"sites": f"At most {MOST_AT_ONCE} sites can be moved at once."})
    if naming is not Naming.FREE:
        lock_account(actor.own_account_id)
    organization = (
        None
        if organization_id is None
        else access.organization_to_change(actor, organization_id, permission="updateSite")
    )
    moving = access.sites_to_own(actor, site_keys, permission="updateSite")
    sites = [site for site in moving if site.organization_id != organization_id]
    names = dict(Organization.objects.filter(sites__in=sites).values_list("pk", "name"))
    now = clock.now()
    for site in sites:
        before, site.organization, site.updated_at = names.get(site.organization_id or 0), organization, now
        require_free_name(site, naming)
        site.save(update_fields=["organization", "updated_at"])
        changes = {"organization": (before, organization.name if organization else None)}
        record(actor, Action.SITE_MOVED, access.target_of(site), changes=changes)
    return len(sites)


def clean_organization_name(text: str) -> str:
    """The name without surrounding white space, in composed letters.

    Raises:
        Invalid: when nothing is left, it is longer than 255 bytes of UTF-8, or it holds other characters than
            letters, digits, spaces and `'-_&.:()[]`.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not name:
        raise Invalid({"name": f"name is empty. Give it a name of 1 to {LONGEST_NAME} bytes."})
    if wrong := [character for character in name if not _may_stand_in_a_name(character)]:
        shown = wrong[0] if wrong[0].isprintable() else f"U+{ord(wrong[0]):04X}"
        raise Invalid({"name": f"name holds “{shown}”. Use letters, digits, spaces and ' - _ & . : ( ) [ ] only."})
    if (length := len(name.encode())) > LONGEST_NAME:
        raise Invalid({"name": f"name has {length} bytes; at most {LONGEST_NAME} are allowed."})
    return name


def _may_stand_in_a_name(character: str) -> bool:
    return character in _SIGNS or unicodedata.category(character).startswith(_LETTERS_AND_DIGITS)


def _require_free_name(organization: Organization) -> None:
    """Refuse the name of another living organization; the account's row is locked."""
    namesakes = Organization.objects.living().filter(account_id=organization.account_id, name=organization.name)
    if namesakes.exclude(pk=organization.pk).exists():
        raise OrganizationNameTaken(
            f"Another organization of this account is called “{organization.name}”. Choose another name."
        )
