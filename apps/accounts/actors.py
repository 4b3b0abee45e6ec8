"""From a signed-in request to the person's actor."""

from django.http import HttpRequest

from apps.accounts.models import Membership, User
from apps.audit.record import Source
from apps.audit.source import source_of
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import PERMISSIONS, Role


def current_membership(person: User) -> Membership | None:
    """The person's place in the account that they work in now; `None` for somebody who belongs to none."""
    return Membership.objects.active().select_related("account").filter(person=person).order_by("pk").first()


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
