"""Everything that can be done with a site."""

from collections.abc import Sequence
from typing import Unpack

from apps.accounts.models import Organization
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Invalid
from apps.sites import access
from apps.sites.limits import SiteLimitReached as SiteLimitReached
from apps.sites.limits import lock_account, require_room_for_sites
from apps.sites.models import Site, SiteQuerySet
from apps.sites.origins import Domains
from apps.sites.secrets import SiteWithSecret, make_secret
from apps.sites.settings import STORED, Naming, Settings, set_name, set_origins, set_settings


class LastActiveSite(Conflict):
    """It is the account's last active site, and the contract wants one to stay."""


@reading("getSites")
def list_sites(actor: Actor) -> SiteQuerySet:
    """The sites that the actor may see, to be narrowed and paged by the caller.

    Raises:
        Forbidden: without `getSites`.
    """
    return Site.objects.visible_to(actor)


@reading("getSite")
def get_site(actor: Actor, *, site_key: str) -> Site:
    """One site.

    Args:
        site_key: in any contract's spelling.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `getSite`.
    """
    return access.site_to_read(actor, site_key)


@operation("createSite", Action.SITE_CREATED)
def create_site(
    actor: Actor,
    *,
    name: str,
    allowed_origins: Sequence[str] | Domains,
    naming: Naming = Naming.FREE,
    organization_id: int | None = None,
    **settings: Unpack[Settings],
) -> SiteWithSecret:
    """Create a site with its first secret.

    Args:
        actor: who.
        name: 1 to 255 characters.
        allowed_origins: 1 to 100 origins or domains; a local one also switches on `allow_localhost`.
        naming: what it may be called.
        organization_id: the organization that it is in; `None` for none, or for the one that a key is limited to.
        settings: those that differ from the usual ones.

    Raises:
        Invalid: for a name, an origin or a number that cannot be used.
        NameTaken: for another site's name, where names are unique.
        SiteLimitReached: when the account has as many sites as it may.
        NoSuchOrganization: for an organization that the actor may not know of.
        Forbidden: without `createSite`; `OutOfReach` for a key that is limited to another organization.
    """
    site = _new_site(actor, name, allowed_origins, naming, organization_id, settings)
    made = make_secret(actor, site)
    _record_created(actor, site, made.stored.masked)
    return made


@operation("createSite", Action.SITE_CREATED)
def create_site_without_secret(
    actor: Actor,
    *,
    name: str,
    allowed_origins: Sequence[str] | Domains,
    naming: Naming = Naming.FREE,
    organization_id: int | None = None,
    **settings: Unpack[Settings],
) -> Site:
    """Create a site that has no secret until somebody adds one, for work that nobody waits for the answer of.

    Arguments and refusals are those of `create_site`.
    """
    site = _new_site(actor, name, allowed_origins, naming, organization_id, settings)
    _record_created(actor, site, None)
    return site


@operation("updateSite", Action.SITE_UPDATED, Action.SITE_DEACTIVATED, Action.SITE_REACTIVATED)
def update_site(
    actor: Actor,
    *,
    site_key: str,
    name: str | None = None,
    allowed_origins: Sequence[str] | Domains | None = None,
    is_active: bool | None = None,
    naming: Naming = Naming.FREE,
    **settings: Unpack[Settings],
) -> Site:
    """Change a site's fields, all or none. `None` leaves a field as it is; nothing changed records nothing.

    Args:
        actor: who.
        site_key: in any contract's spelling.
        name: 1 to 255 characters.
        allowed_origins: 1 to 100 origins or domains; a local one also switches on `allow_localhost`.
        is_active: whether the site verifies.
        naming: what it may be called, where it gets another name than it has.
        settings: any others.

    Raises:
        Invalid: for a name, an origin or a number that cannot be used.
        NameTaken: for another site's name, where names are unique.
        NotFound: when there is no such site for the actor.
        Forbidden: without `updateSite`, or for a site that the actor may only read; a change of
            `is_active` needs the site's owner, and `deleteSite` to deactivate it.
    """
    _wait_for_other_names(actor, naming)
    site = access.site_to_write(actor, site_key, permission="updateSite")
    changes_state = is_active is not None and is_active != site.is_active
    if changes_state:
        permission = "updateSite" if is_active else "deleteSite"
        actor.require(permission)
        access.require_level(actor, site, access.Level.OWN, permission)
    errors: dict[str, str] = {}
    before = {field: getattr(site, field) for field in STORED}
    if name is not None:
        set_name(site, name, naming, errors)
    if allowed_origins is not None:
        set_origins(site, allowed_origins, errors)
    set_settings(site, settings, errors)
    if errors:
        raise Invalid(errors)
    changes = {field: (old, getattr(site, field)) for field, old in before.items() if old != getattr(site, field)}
    if changes:
        _save(site, *changes)
        record(actor, Action.SITE_UPDATED, access.target_of(site), changes=changes)
    if changes_state:
        _set_active(actor, site, is_active=bool(is_active))
    return site


@operation("deleteSite", Action.SITE_DEACTIVATED)
def deactivate_site(actor: Actor, *, site_key: str, keeps_one: bool = False) -> Site:
    """Stop a site: its verification fails from the next request on; the record stays. Again changes nothing.

    Args:
        actor: who.
        site_key: in any contract's spelling.
        keeps_one: whether the account's last active site is refused.

    Raises:
        NotFound: when there is no such site for the actor.
        LastActiveSite: for the last one, where one is kept.
        Forbidden: without `deleteSite`, or for a site that the actor does not own.
    """
    if keeps_one:
        lock_account(actor.own_account_id)
    site = access.site_to_own(actor, site_key, permission="deleteSite")
    others = Site.objects.living().active().filter(account_id=site.account_id).exclude(pk=site.pk)
    if keeps_one and site.is_active and not others.exists():
        raise LastActiveSite(f"“{site.name}” is the last active site of this account. Create another one first.")
    return _set_active(actor, site, is_active=False)


@operation("updateSite", Action.SITE_REACTIVATED)
def reactivate_site(actor: Actor, *, site_key: str) -> Site:
    """Start a deactivated site again, with the secrets it had. Again changes nothing.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `updateSite`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="updateSite")
    return _set_active(actor, site, is_active=True)


@operation("deleteSite", Action.SITE_DELETED)
def delete_site(actor: Actor, *, site_key: str) -> Site:
    """Delete a site: it is gone for everybody at once, and its owner can restore it for 30 days.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `deleteSite`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="deleteSite")
    site.deleted_at = clock.now()
    site.save(update_fields=["deleted_at"])
    record(actor, Action.SITE_DELETED, access.target_of(site), changes={"name": (site.name, None)})
    return site


@operation("deleteSite", Action.SITE_RESTORED)
def restore_site(actor: Actor, *, site_key: str) -> Site:
    """Bring a deleted site back as it was, within 30 days; into no organization, where its own is deleted.

    Raises:
        NotFound: when no such site was deleted lately, or not for the actor.
        SiteLimitReached: when the account has as many sites as it may.
        Forbidden: without `deleteSite`, or for a site that the actor does not own.
    """
    lock_account(actor.own_account_id)  # so that nobody deletes its organization meanwhile
    site = access.deleted_site_to_own(actor, site_key, permission="deleteSite")
    require_room_for_sites(site.account_id)
    changes: Changes = {"name": (None, site.name)}
    if site.organization and site.organization.deleted_at:
        changes = {**changes, "organization": (site.organization.name, None)}
        site.organization = None
    site.deleted_at = None
    site.save(update_fields=["deleted_at", "organization"])
    record(actor, Action.SITE_RESTORED, access.target_of(site), changes=changes)
    return site


@reading("deleteSite")
def list_deleted_sites(actor: Actor) -> SiteQuerySet:
    """The sites that the actor could restore, the last deleted first.

    Raises:
        Forbidden: without `deleteSite`.
    """
    return Site.objects.restorable_by(actor, clock.now()).order_by("-deleted_at")


def _wait_for_other_names(actor: Actor, naming: Naming) -> None:
    """Where names are unique, let nobody else who asks for that name a site of the account at the same time."""
    if naming is not Naming.FREE:
        lock_account(actor.own_account_id)


def _new_site(
    actor: Actor,
    name: str,
    allowed_origins: Sequence[str] | Domains,
    naming: Naming,
    organization_id: int | None,
    settings: Settings,
) -> Site:
    """Store a site; the caller records it."""
    errors: dict[str, str] = {}
    now, account_id = clock.now(), actor.own_account_id
    _wait_for_other_names(actor, naming)
    require_room_for_sites(account_id)
    organization = _organization_for(actor, organization_id)
    site = Site(account_id=account_id, created_by_id=actor.person_id, created_at=now, updated_at=now)
    site.organization = organization
    set_name(site, name, naming, errors)
    set_origins(site, allowed_origins, errors)
    set_settings(site, settings, errors)
    if errors:
        raise Invalid(errors)
    site.save()
    return site


def _organization_for(actor: Actor, organization_id: int | None) -> Organization | None:
    """Where a new site goes: as asked; or to where the key that asks is limited."""
    wanted = actor.organization_id if organization_id is None else organization_id
    return None if wanted is None else access.organization_to_change(actor, wanted, permission="createSite")


def _record_created(actor: Actor, site: Site, secret: str | None) -> None:
    changes: Changes = {"name": (None, site.name), "allowed_origins": (None, site.allowed_origins)}
    if site.organization:
        changes = {**changes, "organization": (None, site.organization.name)}
    if secret:
        changes = {**changes, "secret": (None, secret)}
    record(actor, Action.SITE_CREATED, access.target_of(site), changes=changes)


def _set_active(actor: Actor, site: Site, *, is_active: bool) -> Site:
    if site.is_active != is_active:
        site.is_active = is_active
        _save(site, "is_active")
        action = Action.SITE_REACTIVATED if is_active else Action.SITE_DEACTIVATED
        record(actor, action, access.target_of(site), changes={"is_active": (not is_active, is_active)})
    return site


def _save(site: Site, *fields: str) -> None:
    site.updated_at = clock.now()
    site.save(update_fields=[*fields, "updated_at"])
