"""Everything that can be done with a site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from apps.accounts.models import User
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, masked, mint
from apps.credentials.plain import PlainSecret
from apps.permissions.actor import Actor
from apps.permissions.models import Share, ShareLevel
from apps.permissions.naming import clean_name
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Invalid
from apps.sites import access
from apps.sites.models import Site, SiteQuerySet, SiteSecret
from apps.sites.origins import is_local, parse_origins

G = TypeVar("G")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class SiteWithSecret:
    """A site, and its new secret for the one answer that shows it."""

    site: Site
    secret: PlainSecret


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


@reading("getSecrets")
def list_secrets(actor: Actor, *, site_key: str) -> list[SiteSecret]:
    """What is known of a site's secrets: never the secrets themselves, newest first.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSecrets`.
    """
    return list(access.site_to_read(actor, site_key).secrets.order_by("-created_at", "-pk"))


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
    secret = _add_secret(actor, site)
    changes: Changes = {
        "name": (None, site.name),
        "allowed_origins": (None, site.allowed_origins),
        "secret": (None, masked(TokenKind.SITE_SECRET, secret.last_four)),
    }
    record(actor, Action.SITE_CREATED, access.target_of(site), changes=changes)
    return SiteWithSecret(site, secret)


@operation("updateSite", Action.SITE_UPDATED, Action.SITE_DEACTIVATED, Action.SITE_REACTIVATED)
def update_site(
    actor: Actor,
    *,
    site_key: str,
    name: str | None = None,
    allowed_origins: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> Site:
    """Change a site's fields, all or none. `None` leaves a field as it is; nothing changed records nothing.

    Raises:
        Invalid: for a name or an origin that cannot be used.
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
    before = {"name": site.name, "allowed_origins": site.allowed_origins, "allow_localhost": site.allow_localhost}
    if name is not None:
        site.name = _checked(clean_name, name, errors) or site.name
    if allowed_origins is not None:
        site.allowed_origins = _checked(parse_origins, allowed_origins, errors) or site.allowed_origins
        site.allow_localhost = any(map(is_local, site.allowed_origins))
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


@operation("rotateSecret", Action.SECRET_ROTATED)
def rotate_secret(actor: Actor, *, site_key: str) -> SiteWithSecret:
    """Give a site a new secret; every earlier one stops when this is committed.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `rotateSecret`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="rotateSecret")
    earlier = [secret.masked for secret in site.secrets.order_by("pk")]
    site.secrets.all().delete()
    secret = _add_secret(actor, site)
    _save(site)
    changes: Changes = {"secret": (", ".join(earlier) or None, masked(TokenKind.SITE_SECRET, secret.last_four))}
    record(actor, Action.SECRET_ROTATED, access.target_of(site), changes=changes)
    return SiteWithSecret(site, secret)


@operation("grantPermission", Action.SHARE_GRANTED)
def share_site(actor: Actor, *, site_key: str, person: User, level: ShareLevel) -> Share:
    """Let a person read or write one site. Granting again replaces the level.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `grantPermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="grantPermission")
    earlier = Share.objects.filter(site=site, person=person).first()
    share, _ = Share.objects.update_or_create(site=site, person=person, defaults={"level": level})
    changes: Changes = {person.email: (earlier.level if earlier else None, share.level)}
    record(actor, Action.SHARE_GRANTED, access.target_of(site), changes=changes)
    return share


def _checked(check: Callable[[G], C], given: G, errors: dict[str, str]) -> C | None:
    """What `check` makes of `given`; or `None`, with the errors collected, so that one answer names them all."""
    try:
        return check(given)
    except Invalid as invalid:
        errors.update(invalid.errors)
        return None


def _add_secret(actor: Actor, site: Site) -> PlainSecret:
    secret = mint(TokenKind.SITE_SECRET)
    digest = peppers.digest(secret.reveal())
    SiteSecret.objects.create(
        site=site,
        digest=digest.value,
        pepper=digest.pepper,
        last_four=secret.last_four,
        created_by_label=actor.label,
        created_at=clock.now(),
    )
    return secret


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
