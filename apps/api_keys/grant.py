"""What a key is given, and whether that goes beyond what its giver has.

A person can give what their role holds. A key that makes or changes keys is held to all that it is itself:
its permissions, its organization or sites, its networks and its end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from apps.accounts.models import Account
from apps.api_keys.models import ApiKey
from apps.api_keys.networks import lie_within
from apps.audit import clock
from apps.permissions import catalogue
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import ReachedSite
from apps.permissions.refusals import Forbidden, Invalid
from apps.sites.models import Site

LONGEST_SPAN: Final = timedelta(days=3653)  # ten years; further away than this is a slip of the keyboard


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key is given.

    Attributes:
        permissions: by name.
        site_ids: the numbers of the sites that it is limited to; `None` where it is not limited to single ones.
        networks: CIDR blocks that it may be used from; none for everywhere.
        ends_at: when it stops; `None` for never.
        organization_id: the number of the one organization that it is limited to.
    """

    permissions: frozenset[str]
    site_ids: frozenset[int] | None
    networks: tuple[str, ...]
    ends_at: datetime | None
    organization_id: int | None = None

    @property
    def reaches_all_sites(self) -> bool:
        """Whether it is limited neither to an organization nor to sites."""
        return self.site_ids is None and self.organization_id is None

    def with_reach(self, site_ids: frozenset[int] | None, organization_id: int | None) -> "Grant":
        """The same for other sites; without any, for those that it has."""
        if site_ids is None and organization_id is None:
            return self
        return replace(self, site_ids=site_ids, organization_id=organization_id)


def grant_of(key: ApiKey) -> Grant:
    """What a key was given."""
    sites = ReachedSite.objects.filter(key=key).values_list("site_id", flat=True)
    return Grant(
        frozenset(key.permissions),
        None if key.reaches_all_sites or key.organization_id else frozenset(sites),
        tuple(key.networks),
        key.expires_at,
        key.organization_id,
    )


def most_of(actor: Actor) -> Grant:
    """The most that the actor can give."""
    if actor.kind is not ActorKind.KEY:
        return Grant(actor.permissions, None, (), None)
    own = grant_of(ApiKey.objects.select_related("reached_organization").get(pk=actor.id))
    return replace(own, permissions=actor.permissions)


def latest_end(actor: Actor, account: Account) -> datetime | None:
    """The latest end that a key made by this actor can have; `None` where it needs none."""
    ends = [most_of(actor).ends_at]
    if account.every_key_ends:
        days = account.longest_key_days
        ends.append(clock.now() + (timedelta(days=days) if days else LONGEST_SPAN))
    return min((end for end in ends if end), default=None)


def require_within(wanted: Grant, most: Grant) -> None:
    """Refuse to give more than the giver has.

    Raises:
        Forbidden: for a permission that the giver does not hold.
        Invalid: for sites, networks or a time beyond the giver's own.
    """
    for permission in catalogue.in_order(wanted.permissions - most.permissions):
        raise Forbidden(
            f"You cannot give a key the permission {permission}, because you do not hold it yourself.",
            permission=permission,
        )
    if errors := _beyond(wanted, most, "The key that asks"):
        raise Invalid(errors)


def require_narrower(wanted: Grant, held: Grant) -> None:
    """Refuse to give a key more than it was given before.

    Raises:
        Invalid: naming what would be wider.
    """
    errors = _beyond(wanted, held, "This key")
    if more := catalogue.in_order(wanted.permissions - held.permissions):
        errors["permissions"] = f"A key is never widened. It does not have {', '.join(more)}: create another key."
    if errors:
        raise Invalid(errors)


def require_allowed_end(ends_at: datetime | None, account: Account) -> None:
    """Refuse an end that lies in the past, too far away, or beyond what the account allows.

    Raises:
        Invalid: saying what would be right.
    """
    now = clock.now()
    days = account.longest_key_days
    if ends_at is None and account.every_key_ends:
        text = "This account allows no key without an end. Choose when it stops."
    elif ends_at and ends_at <= now:
        text = "This lies in the past. Choose a later time."
    elif ends_at and days and ends_at.date() > (now + timedelta(days=days)).date():
        text = f"This account allows {days} days at most. Choose an earlier time."
    elif ends_at and ends_at > now + LONGEST_SPAN:
        text = "This is more than ten years away. Choose an earlier time, or never."
    else:
        return
    raise Invalid({"expires_at": text})


def _beyond(wanted: Grant, most: Grant, whose: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if most.organization_id is not None and not _lies_in_organization(wanted, most.organization_id):
        errors["sites"] = f"{whose} reaches one organization only. Choose it, or sites in it."
    elif most.site_ids is not None and (wanted.site_ids is None or wanted.site_ids - most.site_ids):
        errors["sites"] = f"{whose} reaches selected sites only. Choose among these."
    if not lie_within(wanted.networks, most.networks):
        errors["networks"] = f"{whose} may be used from {', '.join(most.networks)} only. Choose networks within these."
    if most.ends_at and (wanted.ends_at is None or wanted.ends_at > most.ends_at):
        errors["expires_at"] = f"{whose} ends {most.ends_at:%Y-%m-%d %H:%M} UTC. Choose no later time."
    return errors


def _lies_in_organization(wanted: Grant, organization_id: int) -> bool:
    """Whether it is this organization, or sites that are all in it now."""
    if wanted.site_ids is None:
        return wanted.organization_id == organization_id
    inside = Site.objects.filter(pk__in=wanted.site_ids, organization_id=organization_id)
    return inside.count() == len(wanted.site_ids)
