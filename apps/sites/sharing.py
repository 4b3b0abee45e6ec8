"""Everything that can be done about who may read or write a single site."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.accounts.models import Account, User
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, Source, record
from apps.permissions.actor import Actor, system
from apps.permissions.models import Share, ShareLevel, WaitingShare
from apps.permissions.operation import SYSTEM_ONLY, operation, reading
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.sites import access
from apps.sites.models import Site


@reading("getPermissions")
def list_shares(actor: Actor, *, site_key: str) -> list[Share]:
    """Who a site is shared with, the oldest share first.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getPermissions`, or for a site that the actor does not own or oversee.
    """
    site = access.site_to_read(actor, site_key)
    access.require_oversight(actor, site, "getPermissions")
    return list(site.shares.select_related("person").order_by("created_at", "pk"))


@reading("getPermissions")
def list_waiting_shares(actor: Actor, *, site_key: str) -> list[WaitingShare]:
    """The shares that wait for somebody to verify their address, the oldest first.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getPermissions`, or for a site that the actor does not own or oversee.
    """
    site = access.site_to_read(actor, site_key)
    access.require_oversight(actor, site, "getPermissions")
    return list(site.waiting_shares.order_by("created_at", "pk"))


@operation("grantPermission", Action.SHARE_GRANTED)
def share_site(actor: Actor, *, site_key: str, email: str, level: ShareLevel) -> Share | WaitingShare:
    """Let the person with an address read or write one site; again replaces the level.

    Args:
        actor: who shares.
        site_key: in any contract's spelling.
        email: of a person here; or of anybody, where the account lets shares wait.
        level: `read` or `write`.

    Returns:
        The share; or one that waits until somebody verifies the address.

    Raises:
        Invalid: for a bad address.
        Conflict: for somebody who may do more already.
        NotFound: when there is no such site for the actor, or nobody with this address.
        Forbidden: without `grantPermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="grantPermission")
    email = _clean_email(email)
    person = _person_with(email)
    if person is None:
        return _let_wait(actor, site, email, level)
    if site.created_by_id == person.pk and person.memberships.filter(account_id=site.account_id).exists():
        raise Conflict(f"{email} created this site and may do everything with it already.")
    return _write_share(actor, site, person, level)


@operation("updatePermission", Action.SHARE_CHANGED)
def change_share(actor: Actor, *, site_key: str, share_id: int, level: ShareLevel) -> Share:
    """Change what a person may do with a site; it holds from their next request. The same level records nothing.

    Raises:
        NotFound: when there is no such site or share for the actor.
        Forbidden: without `updatePermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="updatePermission")
    share = _share(site, share_id)
    before = share.level
    if before != level:
        share.level = level
        share.save(update_fields=["level"])
        record(actor, Action.SHARE_CHANGED, access.target_of(site), changes={share.person.email: (before, level.value)})
    return share


@operation("updatePermission", Action.SHARE_CHANGED)
def change_waiting_share(actor: Actor, *, site_key: str, share_id: int, level: ShareLevel) -> WaitingShare:
    """Change what a share that waits for its address will allow. The same level records nothing.

    Raises:
        NotFound: when there is no such site or waiting share for the actor.
        Forbidden: without `updatePermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="updatePermission")
    waiting = _waiting_share(site, share_id)
    before = waiting.level
    if before != level:
        waiting.level = level
        waiting.save(update_fields=["level"])
        changes: Changes = {waiting.email: (f"waiting: {before}", f"waiting: {level.value}")}
        record(actor, Action.SHARE_CHANGED, access.target_of(site), changes=changes)
    return waiting


@operation("removePermission", Action.SHARE_REMOVED)
def remove_share(actor: Actor, *, site_key: str, share_id: int) -> Share:
    """Stop sharing a site with a person; their next request finds nothing.

    Raises:
        NotFound: when there is no such site or share for the actor.
        Forbidden: without `removePermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="removePermission")
    share = _share(site, share_id)
    Share.objects.filter(pk=share.pk).delete()
    record(actor, Action.SHARE_REMOVED, access.target_of(site), changes={share.person.email: (share.level, None)})
    return share


@operation("removePermission", Action.SHARE_REMOVED)
def remove_waiting_share(actor: Actor, *, site_key: str, share_id: int) -> WaitingShare:
    """Take back a share that still waits for its address to be verified.

    Raises:
        NotFound: when there is no such site or waiting share for the actor.
        Forbidden: without `removePermission`, or for a site that the actor does not own.
    """
    site = access.site_to_own(actor, site_key, permission="removePermission")
    waiting = _waiting_share(site, share_id)
    WaitingShare.objects.filter(pk=share_id).delete()
    record(actor, Action.SHARE_REMOVED, access.target_of(site), changes={waiting.email: (waiting.level, None)})
    return waiting


@operation(SYSTEM_ONLY, Action.SHARE_GRANTED)
def deliver_waiting_share(actor: Actor, *, waiting_id: int, person: User) -> None:
    """Turn a waiting share into a share, once."""
    waiting = WaitingShare.objects.select_for_update(of=("self",)).select_related("site").filter(pk=waiting_id).first()
    if waiting is None:
        return
    Share.objects.get_or_create(
        site=waiting.site, person=person, defaults={"level": waiting.level, "created_at": clock.now()}
    )
    WaitingShare.objects.filter(pk=waiting_id).delete()
    record(actor, Action.SHARE_GRANTED, access.target_of(waiting.site), changes={person.email: (None, waiting.level)})


def deliver_waiting_shares(person: User, email: str) -> None:
    """Give a person who has just verified an address the shares that waited for it."""
    waiting = WaitingShare.objects.filter(email__iexact=email, site__deleted_at=None)
    for waiting_id, account_id in waiting.values_list("pk", "site__account_id"):
        deliver_waiting_share(system(Source("dashboard"), account_id), waiting_id=waiting_id, person=person)


def _let_wait(actor: Actor, site: Site, email: str, level: ShareLevel) -> WaitingShare:
    if not Account.objects.filter(pk=site.account_id, lets_shares_wait=True).exists():
        raise NotFound(f"Nobody here uses {email}. Invite them to the account first, then share the site with them.")
    earlier = WaitingShare.objects.filter(site=site, email=email).first()
    waiting, _ = WaitingShare.objects.update_or_create(
        site=site, email=email, defaults={"level": level}, create_defaults={"level": level, "created_at": clock.now()}
    )
    changes: Changes = {email: (f"waiting: {earlier.level}" if earlier else None, f"waiting: {level.value}")}
    record(actor, Action.SHARE_GRANTED, access.target_of(site), changes=changes)
    return waiting


def _write_share(actor: Actor, site: Site, person: User, level: ShareLevel) -> Share:
    earlier = Share.objects.filter(site=site, person=person).first()
    share, _ = Share.objects.update_or_create(
        site=site, person=person, defaults={"level": level}, create_defaults={"level": level, "created_at": clock.now()}
    )
    changes: Changes = {person.email: (earlier.level if earlier else None, level.value)}
    record(actor, Action.SHARE_GRANTED, access.target_of(site), changes=changes)
    return share


def _share(site: Site, share_id: int) -> Share:
    share = Share.objects.select_related("person").filter(site=site, pk=share_id).first()
    if share is None:
        raise NotFound("There is no such share any more.")
    return share


def _waiting_share(site: Site, share_id: int) -> WaitingShare:
    waiting = WaitingShare.objects.filter(site=site, pk=share_id).first()
    if waiting is None:
        raise NotFound("There is no such share any more.")
    return waiting


def _person_with(email: str) -> User | None:
    owned = EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
    found = owned.select_related("user").first()
    return found.user if found else None


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid({"email": f"“{email[:80]}” is no e-mail address, such as jane@example.com."}) from None
    return email
