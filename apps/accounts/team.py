"""Everything that can be done with an account's team: who belongs to it, with which role, and who is invited."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from apps.accounts.models import Account, Invitation, InvitationQuerySet, Membership, MembershipQuerySet, User
from apps.accounts.second_factor import PROTECTED_MEMBER
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, Target, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.credentials.plain import PlainSecret
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import Share
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict, Forbidden, Invalid, NotFound
from apps.permissions.roles import Role

INVITATION_VALID_FOR: Final = timedelta(days=7)
LAST_OWNER: Final = "An account needs an owner, and this is the last one. Make somebody else an owner first."
NO_KEY_TOUCHES_OWNERSHIP: Final = (
    "No API key makes, changes or removes an owner. An owner does that in the dashboard, on the team page."
)
ONLY_AN_OWNER: Final = "Only an owner may make, change or remove an owner."
NOT_A_MEMBER: Final = "There is no such person in this account. They may have been removed."
NOBODY: Final = "Nobody with the address {email} belongs to this account, and no invitation waits for them."
NAMES_THEMSELF: Final = "People here say themselves how they are called; leave the name out, or send it as it is."


class AlreadyAMember(Conflict):
    """Whoever is to be invited belongs to the account already."""


class NoSuchPerson(NotFound):
    """Nobody with this address belongs to the account or is invited into it."""


class RemovesThemself(Conflict):
    """Somebody, or the creator of a key, would remove themself."""


@dataclass(frozen=True, slots=True)
class InvitationWithToken:
    """An invitation, and its token for the mail and the one answer that shows the link."""

    invitation: Invitation
    token: PlainSecret


@reading("getUsers")
def list_members(actor: Actor) -> MembershipQuerySet:
    """The account's people, owners first, then by address; each with whether they have a second factor.

    Raises:
        Forbidden: without `getUsers`.
    """
    return (
        Membership.objects.filter(account_id=actor.own_account_id)
        .select_related("person")
        .annotate(has_second_factor=PROTECTED_MEMBER)
        .order_by(_ROLE_ORDER, "person__email")
    )


@reading("getUsers")
def list_invitations(actor: Actor) -> InvitationQuerySet:
    """The invitations that were not accepted yet, expired ones included, the newest first.

    Raises:
        Forbidden: without `getUsers`.
    """
    return Invitation.objects.filter(account_id=actor.own_account_id, accepted_at=None).order_by("-created_at")


@operation("createUser", Action.MEMBER_INVITED)
def invite_member(actor: Actor, *, email: str, role: Role) -> InvitationWithToken:
    """Invite an address into the account. Inviting it again replaces the earlier invitation, whose link stops.

    Args:
        actor: who invites.
        email: the address; only somebody who has verified it can accept.
        role: what they will be; only an owner can invite an owner.

    Raises:
        Invalid: for a bad address.
        Conflict: when somebody with this address belongs to the account already.
        Forbidden: without `createUser`, or for an owner invited by somebody who is none.
    """
    email = _clean_email(email)
    require_ownership_for(actor, role, "createUser")
    account = _locked_account(actor)
    if Membership.objects.filter(account=account, person__email=email).exists():
        raise AlreadyAMember(f"{email} belongs to this account already. Change their role instead.")
    earlier = Invitation.objects.filter(account=account, email=email, accepted_at=None).first()
    if earlier:
        _keep_keys_from_ownership(actor, Role(earlier.role), "createUser")
    made = _write_invitation(actor, account, email, role)
    changes: Changes = {"role": (earlier.role if earlier else None, role.value)}
    record(actor, Action.MEMBER_INVITED, _invited(email), changes=changes)
    return made


@operation("createUser", Action.MEMBER_INVITED)
def resend_invitation(actor: Actor, *, invitation_id: int) -> InvitationWithToken:
    """Send an invitation again, with a new link and a new week; the old link stops.

    Raises:
        NotFound: when it was accepted or withdrawn.
        Forbidden: without `createUser`, or for an owner's invitation by somebody who is none.
    """
    account = _locked_account(actor)
    earlier = _open_invitation(account, invitation_id)
    role = Role(earlier.role)
    require_ownership_for(actor, role, "createUser")
    made = _write_invitation(actor, account, earlier.email, role)
    record(actor, Action.MEMBER_INVITED, _invited(earlier.email), changes={"role": (role.value, role.value)})
    return made


@operation("createUser", Action.INVITATION_WITHDRAWN)
def withdraw_invitation(actor: Actor, *, invitation_id: int) -> str:
    """Take an invitation back; its link stops at once.

    Returns:
        The address it was for.

    Raises:
        NotFound: when it was accepted or withdrawn already.
        Forbidden: without `createUser`.
    """
    invitation = _open_invitation(_locked_account(actor), invitation_id)
    invitation.delete()
    record(actor, Action.INVITATION_WITHDRAWN, _invited(invitation.email), changes={"role": (invitation.role, None)})
    return invitation.email


@operation("updateUser", Action.ROLE_CHANGED)
def change_role(actor: Actor, *, person_id: int, role: Role) -> Membership:
    """Give a member another role; it holds from their next request. The same role records nothing.

    Raises:
        NotFound: when the person is no member.
        Conflict: when it would leave the account without an owner.
        Forbidden: without `updateUser`, or where ownership is touched by somebody who is no owner.
    """
    account = _locked_account(actor)
    membership = _member(account, person_id)
    require_ownership_for(actor, role, "updateUser")
    require_ownership_for(actor, Role(membership.role), "updateUser")
    before = membership.role
    if before == role:
        return membership
    if before == Role.OWNER:
        _require_another_owner(account, membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record(actor, Action.ROLE_CHANGED, person_target(membership.person), changes={"role": (before, role.value)})
    return membership


@operation("updateUser", Action.OWNERSHIP_HANDED_OVER)
def hand_over_ownership(actor: Actor, *, person_id: int) -> Membership:
    """Make a member the owner, and the acting owner an admin, in one step.

    Raises:
        NotFound: when the person is no member.
        Conflict: when the person is the acting owner.
        Forbidden: for anybody but an owner.
    """
    require_ownership_for(actor, Role.OWNER, "updateUser")
    account = _locked_account(actor)
    owner = Membership.objects.owners().filter(account=account, person_id=actor.person_id).first()
    if owner is None:  # their role was lowered since this request began
        raise Forbidden(ONLY_AN_OWNER, permission="updateUser")
    successor = _member(account, person_id)
    if successor.person_id == actor.person_id:
        raise Conflict("You own this account already. Choose somebody else.")
    before = successor.role
    successor.role = Role.OWNER
    successor.save(update_fields=["role"])
    owner.role = Role.ADMIN
    owner.save(update_fields=["role"])
    changes: Changes = {"role": (before, Role.OWNER.value), actor.label: (Role.OWNER.value, Role.ADMIN.value)}
    record(actor, Action.OWNERSHIP_HANDED_OVER, person_target(successor.person), changes=changes)
    return successor


@operation("deleteUser", Action.MEMBER_REMOVED)
def remove_member(actor: Actor, *, person_id: int) -> User:
    """Take a person out of the account: their access, shares and keys stop at once; what they made stays.

    Raises:
        NotFound: when the person is no member.
        Conflict: when it would leave the account without an owner.
        Forbidden: without `deleteUser`, or for an owner removed by somebody who is none.
    """
    account = _locked_account(actor)
    membership = _member(account, person_id)
    require_ownership_for(actor, Role(membership.role), "deleteUser")
    return _remove(actor, account, membership)


@operation("updateUser", Action.ROLE_CHANGED)
def update_user(actor: Actor, *, email: str, role: Role | None, name: str | None = None) -> Membership | Invitation:
    """Give whoever has an address another role, be they a member or still invited. The same role records nothing.

    Args:
        actor: who.
        email: of a member, or of an invitation that was not accepted yet.
        role: `None` leaves it.
        name: as it is; nobody is renamed by others.

    Raises:
        Invalid: for a bad address, or another name.
        NoSuchPerson: when the address is nobody's here.
        Conflict: when it would leave the account without an owner.
        Forbidden: without `updateUser`, or where ownership is touched by an API key or somebody who is no owner.
    """
    account = _locked_account(actor)
    place = _place_of(account, _clean_email(email))
    if name is not None and name != (place.person.name if isinstance(place, Membership) else ""):
        raise Invalid({"name": NAMES_THEMSELF})
    before = Role(place.role)
    for touched in (before, role or before):
        require_ownership_for(actor, touched, "updateUser")
    if role is None or role is before:
        return place
    if isinstance(place, Membership) and before is Role.OWNER:
        _require_another_owner(account, place)
    place.role = role
    place.save(update_fields=["role"])
    record(actor, Action.ROLE_CHANGED, _target_of(place), changes={"role": (before.value, role.value)})
    return place


@operation("deleteUser", Action.MEMBER_REMOVED, Action.INVITATION_WITHDRAWN)
def remove_user(actor: Actor, *, email: str) -> str:
    """Take whoever has an address out of the account, or their invitation back. Nobody removes themself.

    Args:
        actor: who; the creator of an API key counts as the key.
        email: of a member, or of an invitation that was not accepted yet.

    Returns:
        The address as it is stored.

    Raises:
        Invalid: for a bad address.
        NoSuchPerson: when the address is nobody's here.
        RemovesThemself: for the actor's own address.
        Conflict: when it would leave the account without an owner.
        Forbidden: without `deleteUser`, or for an owner removed by an API key or somebody who is no owner.
    """
    account = _locked_account(actor)
    place = _place_of(account, _clean_email(email))
    if isinstance(place, Membership) and place.person_id == actor.person_id:
        raise RemovesThemself("Nobody removes themself, and no API key its creator. Ask somebody else to do it.")
    require_ownership_for(actor, Role(place.role), "deleteUser")
    if isinstance(place, Membership):
        return _remove(actor, account, place).email
    place.delete()
    record(actor, Action.INVITATION_WITHDRAWN, _target_of(place), changes={"role": (place.role, None)})
    return place.email


def person_target(person: User) -> Target:
    """A person as the audit log names them."""
    return Target("person", str(person.pk), person.email)


def require_ownership_for(actor: Actor, role: Role, permission: str) -> None:
    """Refuse whoever is no owner what touches ownership; an API key is none, whoever created it.

    Raises:
        Forbidden: for a role of owner, by an API key or somebody who is none.
    """
    _keep_keys_from_ownership(actor, role, permission)
    if role is Role.OWNER and actor.role is not Role.OWNER:
        raise Forbidden(ONLY_AN_OWNER, permission=permission)


_ROLE_ORDER: Final = models.Case(
    *(models.When(role=role, then=position) for position, role in enumerate(Role)), output_field=models.IntegerField()
)


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid({"email": f"“{email[:80]}” is no e-mail address, such as jane@example.com."}) from None
    return email


def _locked_account(actor: Actor) -> Account:
    """The actor's account; whoever changes its team waits here for the others."""
    return Account.objects.select_for_update(no_key=True).get(pk=actor.own_account_id)


def _member(account: Account, person_id: int) -> Membership:
    membership = Membership.objects.select_related("person").filter(account=account, person_id=person_id).first()
    if membership is None:
        raise NotFound(NOT_A_MEMBER)
    return membership


def _place_of(account: Account, email: str) -> Membership | Invitation:
    """The member with an address, or the invitation that waits for it."""
    members = Membership.objects.select_related("person").filter(account=account, person__email=email)
    place = members.first() or _open_invitations(account).filter(email=email).first()
    if place is None:
        raise NoSuchPerson(NOBODY.format(email=email))
    return place


def _target_of(place: Membership | Invitation) -> Target:
    return person_target(place.person) if isinstance(place, Membership) else _invited(place.email)


def _remove(actor: Actor, account: Account, membership: Membership) -> User:
    """End a membership with its shares; the caller authorises."""
    if membership.role == Role.OWNER:
        _require_another_owner(account, membership)
    person = membership.person
    shares, _ = Share.objects.filter(person=person, site__account=account).delete()
    membership.delete()
    changes: Changes = {"role": (membership.role, None), "shares": (shares, 0)}
    record(actor, Action.MEMBER_REMOVED, person_target(person), changes=changes)
    return person


def _keep_keys_from_ownership(actor: Actor, role: Role, permission: str) -> None:
    if role is Role.OWNER and actor.kind is ActorKind.KEY:
        raise Forbidden(NO_KEY_TOUCHES_OWNERSHIP, permission=permission)


def _open_invitations(account: Account) -> InvitationQuerySet:
    """Those that were not accepted yet; whoever is about to accept one waits until the transaction ends."""
    return Invitation.objects.filter(account=account, accepted_at=None).select_for_update()


def _open_invitation(account: Account, invitation_id: int) -> Invitation:
    invitation = _open_invitations(account).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound("This invitation was accepted or withdrawn already.")
    return invitation


def _require_another_owner(account: Account, membership: Membership) -> None:
    if not Membership.objects.active().owners().filter(account=account).exclude(pk=membership.pk).exists():
        raise Conflict(LAST_OWNER)


def _write_invitation(actor: Actor, account: Account, email: str, role: Role) -> InvitationWithToken:
    token = mint(TokenKind.INVITATION)
    digest = peppers.digest(token.reveal())
    now = clock.now()
    Invitation.objects.filter(account=account, email=email, accepted_at=None).delete()
    invitation = Invitation.objects.create(
        account=account,
        email=email,
        role=role,
        invited_by_label=actor.label,
        digest=digest.value,
        pepper=digest.pepper,
        created_at=now,
        expires_at=now + INVITATION_VALID_FOR,
    )
    return InvitationWithToken(invitation, token)


def _invited(email: str) -> Target:
    return Target("invitation", email[:64], email)


def has_verified(person: User, email: str) -> bool:
    """Whether a person has shown that an address is theirs."""
    return bool(EmailAddress.objects.filter(user=person, email__iexact=email, verified=True).exists())
