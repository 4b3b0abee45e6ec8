"""Everything that can be done with a site."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, record
from apps.permissions.actor import Actor
from apps.permissions.naming import clean_name
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Invalid
from apps.sites import access
from apps.sites.difficulty import DIFFICULTIES, level_for
from apps.sites.models import INITIAL_DELAYS, PARALLEL_CHALLENGES, Site, SiteQuerySet
from apps.sites.origins import is_local, parse_origins
from apps.sites.secrets import SiteWithSecret, make_secret

_SETTINGS: Final = (
    "name",
    "allowed_origins",
    "allow_localhost",
    "protection_enabled",
    "level",
    "initial_delay",
    "max_parallel",
)
_RANGES: Final = {
    "difficulty": DIFFICULTIES,
    "initial_delay": INITIAL_DELAYS,
    "max_parallel": PARALLEL_CHALLENGES,
}
G = TypeVar("G")
C = TypeVar("C")


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
def create_site(actor: Actor, *, name: str, allowed_origins: Sequence[str]) -> SiteWithSecret:
    """Create a site with its first secret.

    Args:
        name: 1 to 120 characters.
        allowed_origins: 1 to 100 origins; a local one also switches on `allow_localhost`.

    Raises:
        Invalid: for a name or an origin that cannot be used.
        Forbidden: without `createSite`.
    """
    errors: dict[str, str] = {}
    cleaned_name = _checked(clean_name, name, errors)
    origins = _checked(parse_origins, allowed_origins, errors)
    if cleaned_name is None or origins is None:
        raise Invalid(errors)
    now = clock.now()
    site = Site.objects.create(
        account_id=actor.own_account_id,
        name=cleaned_name,
        allowed_origins=origins,
        allow_localhost=any(map(is_local, origins)),
        created_by_id=actor.person_id,
        created_at=now,
        updated_at=now,
    )
    made = make_secret(actor, site)
    changes: Changes = {
        "name": (None, site.name),
        "allowed_origins": (None, site.allowed_origins),
        "secret": (None, made.stored.masked),
    }
    record(actor, Action.SITE_CREATED, access.target_of(site), changes=changes)
    return made


@operation("updateSite", Action.SITE_UPDATED, Action.SITE_DEACTIVATED, Action.SITE_REACTIVATED)
def update_site(
    actor: Actor,
    *,
    site_key: str,
    name: str | None = None,
    allowed_origins: Sequence[str] | None = None,
    is_active: bool | None = None,
    protection_enabled: bool | None = None,
    difficulty: int | None = None,
    initial_delay: int | None = None,
    max_parallel: int | None = None,
) -> Site:
    """Change a site's fields, all or none. `None` leaves a field as it is; nothing changed records nothing.

    Args:
        actor: who.
        site_key: in any contract's spelling.
        name: 1 to 120 characters.
        allowed_origins: 1 to 100 origins; a local one also switches on `allow_localhost`.
        is_active: whether the site verifies.
        protection_enabled: whether visitors have to solve anything.
        difficulty: 0 to 3; sets the level, unless it is of that difficulty already.
        initial_delay: seconds before a solution is accepted, 3 to 30.
        max_parallel: open challenges of one address, 1 to 10.

    Raises:
        Invalid: for a name, an origin or a number that cannot be used.
        NotFound: when there is no such site for the actor.
        Forbidden: without `updateSite`, or for a site that the actor may only read; a change of
            `is_active` needs the site's owner, and `deleteSite` to deactivate it.
    """
    site = access.site_to_write(actor, site_key, permission="updateSite")
    changes_state = is_active is not None and is_active != site.is_active
    if changes_state:
        permission = "updateSite" if is_active else "deleteSite"
        actor.require(permission)
        access.require_level(actor, site, access.Level.OWN, permission)
    errors: dict[str, str] = {}
    before = {field: getattr(site, field) for field in _SETTINGS}
    if name is not None:
        site.name = _checked(clean_name, name, errors) or site.name
    if allowed_origins is not None:
        site.allowed_origins = _checked(parse_origins, allowed_origins, errors) or site.allowed_origins
        site.allow_localhost = any(map(is_local, site.allowed_origins))
    if protection_enabled is not None:
        site.protection_enabled = protection_enabled
    numbers = {"difficulty": difficulty, "initial_delay": initial_delay, "max_parallel": max_parallel}
    _set_numbers(site, numbers, errors)
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
def deactivate_site(actor: Actor, *, site_key: str) -> Site:
    """Stop a site: its verification fails from the next request on; the record stays. Again changes nothing.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `deleteSite`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="deleteSite")
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
    """Bring a deleted site back as it was, within 30 days.

    Raises:
        NotFound: when no such site was deleted lately, or not for the actor.
        Forbidden: without `deleteSite`, or for a site that the actor does not own.
    """
    site = access.deleted_site_to_own(actor, site_key, permission="deleteSite")
    site.deleted_at = None
    site.save(update_fields=["deleted_at"])
    record(actor, Action.SITE_RESTORED, access.target_of(site), changes={"name": (None, site.name)})
    return site


@reading("deleteSite")
def list_deleted_sites(actor: Actor) -> SiteQuerySet:
    """The sites that the actor could restore, the last deleted first.

    Raises:
        Forbidden: without `deleteSite`.
    """
    return Site.objects.restorable_by(actor, clock.now()).order_by("-deleted_at")


def _checked(check: Callable[[G], C], given: G, errors: dict[str, str]) -> C | None:
    """What `check` makes of `given`; or `None`, with the errors collected, so that one answer names them all."""
    try:
        return check(given)
    except Invalid as invalid:
        errors.update(invalid.errors)
        return None


def _set_numbers(site: Site, numbers: Mapping[str, int | None], errors: dict[str, str]) -> None:
    """Set what is given and in its range; the errors are collected."""
    for field, number in numbers.items():
        allowed = _RANGES[field]
        if number is None:
            continue
        if number not in allowed:
            errors[field] = f"{field} is {number}; it is a whole number from {allowed[0]} to {allowed[-1]}."
        elif field == "difficulty":
            site.level = level_for(number, site.level)
        else:
            setattr(site, field, number)


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
