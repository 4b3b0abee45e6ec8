"""From a signed-in request to the person's actor."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import models
from django.http import HttpRequest

from apps.accounts.features import withheld_by
from apps.accounts.models import Account, Membership, User
from apps.audit import clock
from apps.audit.record import Source
from apps.audit.source import source_of
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import GUEST, PERMISSIONS, Role

LAST_SEEN_IS_WRITTEN_EVERY: Final = timedelta(minutes=5)


def current_membership(person: User) -> Membership | None:
    """The person's place in the account that they work in now; `None` for somebody who belongs to none.

    That is the account they switched to last; without one, or when they left it, their oldest.
    """
    chosen_first = models.Case(models.When(account_id=person.current_account_id, then=0), default=1)
    places = Membership.objects.active().select_related("account").filter(person=person)
    return places.order_by(chosen_first, "pk").first()


def guest_actor(account_id: UUID, person: User, source: Source) -> Actor:
    """The actor that a person is in an account that they have only a share in."""
    return Actor(ActorKind.PERSON, str(person.pk), person.email, account_id, None, GUEST, person.pk, source)


def person_actor(request: HttpRequest, membership: Membership, person: User) -> Actor:
    """The actor that a signed-in person is in an account, with what their role allows at this moment."""
    return member_actor(membership, person, source_of(request, "dashboard"))


def member_actor(membership: Membership, person: User, source: Source) -> Actor:
    """The actor that a person is in an account.

    Args:
        membership: the person's place there.
        person: who.
        source: where they act from.
    """
    role = Role(membership.role)
    return Actor(
        ActorKind.PERSON,
        str(person.pk),
        person.email,
        membership.account_id,
        role,
        PERMISSIONS[role],
        person.pk,
        source,
    )


def over_api(actor: Actor, account: Account) -> Actor:
    """The actor that a person is through the API: without what their account has switched off there.

    Args:
        actor: who they are in the account.
        account: the account.
    """
    withheld = withheld_by(account)
    return replace(actor, permissions=actor.permissions - withheld.keys(), withheld=withheld)


def note_seen(membership: Membership) -> None:
    """Write when the person was last here, at most every five minutes."""
    now = clock.now()
    if membership.last_seen_at is None or membership.last_seen_at <= now - LAST_SEEN_IS_WRITTEN_EVERY:
        Membership.objects.filter(pk=membership.pk).update(last_seen_at=now)
