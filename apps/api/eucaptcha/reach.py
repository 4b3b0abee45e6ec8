"""Which actor a caller is at the thing that they ask for.

An API key is one actor, in its own account. A person is a member in each account that they belong to, and a
guest in those that share a site with them. What nobody may know of is answered as what does not exist.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from apps.accounts.actors import current_membership, guest_actor, member_actor, over_api
from apps.accounts.models import Account, Membership, User
from apps.api.callers import Caller
from apps.permissions.actor import Actor
from apps.permissions.refusals import Forbidden, NotFound
from apps.sites.models import Site, SiteQuerySet

NO_SUCH_SITEKEY: Final = "There is no sitekey with this id here. It may have been deleted, or belong to somebody else."
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")  # fits into a database's 64 bits
_IRI: Final = re.compile(r"(?:/myra-auto-app-api)?/captcha_sitekeys/([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Place:
    """A site, and the actor that the caller is there.

    Attributes:
        actor: who acts.
        site: the site, which the actor may still be refused; `None` where there is none.
    """

    actor: Actor
    site: Site | None

    @property
    def site_key(self) -> str:
        """The site's key, for an operation; empty for a site that does not exist."""
        return self.site.site_key if self.site else ""


def actors_of(caller: Caller, permission: str) -> list[Actor]:
    """Every actor that the caller is somewhere and that holds a permission; where none does, one that does not.

    That is one of a key; of a person, one an account, their own first.

    Args:
        caller: who asks.
        permission: what for.
    """
    if caller.actor:
        return [caller.actor]
    person = _person(caller)
    places = Membership.objects.filter(person=person).select_related("account").order_by("pk")
    actors = [over_api(member_actor(place, person, caller.source), place.account) for place in places]
    own = [actor.own_account_id for actor in actors]
    shared = _shared_with(person).exclude(account_id__in=own).values("account_id")
    guests = Account.objects.filter(pk__in=shared).order_by("pk")
    actors += [over_api(guest_actor(account.pk, person, caller.source), account) for account in guests]
    return [actor for actor in actors if actor.may(permission)] or actors[:1]


def actor_to_create(caller: Caller) -> Actor:
    """The actor that makes something new: a person does so in the account that they work in.

    Raises:
        Forbidden: for a person who belongs to no account.
    """
    if caller.actor:
        return caller.actor
    person = _person(caller)
    place = current_membership(person)
    if place is None:
        text = "You belong to no account that a sitekey could be created in. Ask to be invited into one."
        raise Forbidden(text, permission="createSite")
    return over_api(member_actor(place, person, caller.source), place.account)


def place_at(caller: Caller, site_id: int | None) -> Place:
    """The place at a site.

    A key is asked for its permission first, as everywhere, so it gets a place at a missing site too; the
    operation then says no to both missing and foreign ones.

    Args:
        caller: who asks.
        site_id: the site's number; `None` where there is none.

    Raises:
        NotFound: for a person who has no place there.
    """
    site = Site.objects.living().select_related("account").filter(pk=site_id).first() if site_id is not None else None
    if caller.actor:
        return Place(caller.actor, site)
    person = _person(caller)
    if site:
        member = Membership.objects.filter(person=person, account_id=site.account_id).first()
        if member:
            return Place(over_api(member_actor(member, person, caller.source), site.account), site)
        if _shared_with(person).filter(pk=site.pk).exists():
            return Place(over_api(guest_actor(site.account_id, person, caller.source), site.account), site)
    raise NotFound(NO_SUCH_SITEKEY)


@contextmanager
def missing_as(text: str, *, instead_of: str = "") -> Iterator[None]:
    """Say of whatever is not found here the same, so that missing and foreign things are told apart by nothing.

    Args:
        text: what to say.
        instead_of: the one text that it stands for; by default any.

    Raises:
        NotFound: with this text.
    """
    try:
        yield
    except NotFound as refusal:
        if instead_of and str(refusal) != instead_of:
            raise
        raise NotFound(text) from None


def number(text: str) -> int | None:
    """The number in a path; `None` for what is none, and so belongs to nothing."""
    return int(text) if _NUMBER.fullmatch(text) else None


def site_number(reference: int | str) -> int | None:
    """The number of a site: as such, or at the end of its IRI, with the base or without it."""
    text = str(reference)
    match = _IRI.fullmatch(text)
    return int(match[1]) if match else number(text)


def _shared_with(person: User) -> SiteQuerySet:
    """The sites shared with a person, but those of accounts that ask everybody for a second factor."""
    return Site.objects.shared_with(person.pk).exclude(account__requires_second_factor=True)


def _person(caller: Caller) -> User:
    if caller.person is None:
        raise RuntimeError("A caller is a key or a person.")
    return caller.person
