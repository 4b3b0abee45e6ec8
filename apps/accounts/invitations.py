"""Accepting invitations: into an account, or, with the link that the terminal printed, to found the first one.

Whoever holds a link into an account counts as the owner of the address it is bound to: where mail is set
up the link is in that mailbox and nowhere else; where it is not, an admin passes it on.
"""

from datetime import timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.actors import member_actor
from apps.accounts.models import Invitation, Membership, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.accounts.team import has_verified, person_target
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Source, record
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed, mint
from apps.credentials.plain import PlainSecret
from apps.permissions.actor import system
from apps.permissions.naming import clean_name
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.permissions.roles import Role

VALID_FOR: Final = timedelta(days=1)
GONE: Final = "This link is not valid, was used already, or has expired. Ask for a new one."


def has_owner() -> bool:
    """Whether anybody owns an account here yet."""
    return Membership.objects.filter(role=Role.OWNER).exists()


def invite_first_owner() -> PlainSecret:
    """A fresh invitation to found the first account; earlier unused ones stop."""
    token = mint(TokenKind.INVITATION)
    digest = peppers.digest(token.reveal())
    now = clock.now()
    with transaction.atomic():
        Invitation.objects.filter(account=None, accepted_at=None).delete()
        Invitation.objects.create(digest=digest.value, pepper=digest.pepper, created_at=now, expires_at=now + VALID_FOR)
    return token


def find_open_invitation(token: str) -> Invitation:
    """The invitation behind a token.

    Raises:
        NotFound: when it is malformed, unknown, used or expired; told apart by nothing.
    """
    invitation = None
    if is_well_formed(TokenKind.INVITATION, token):
        opened = Invitation.objects.open(clock.now()).select_related("account")
        invitation = opened.filter(digest__in=peppers.digests(token)).first()
    if invitation is None:
        raise NotFound(GONE)
    return invitation


def found_first_account(token: str, *, email: str, name: str, password: str, account_name: str, source: Source) -> User:
    """Found the first account, with the holder of the token as its owner. A token is spent once, also in a race.

    Args:
        token: from the link.
        email: the new owner's address; it counts as verified, since the link came from the server's own terminal.
        name: how they are called.
        password: checked by the form.
        account_name: 1 to 120 characters.
        source: where the request comes from.

    Raises:
        NotFound: when the invitation cannot be accepted any more.
        Invalid: when a field cannot be used.
    """
    invitation = find_open_invitation(token)
    if invitation.account_id:
        raise NotFound(GONE)
    account_name = clean_name(account_name, field="account_name")
    if EmailAddress.objects.filter(email__iexact=email).exists() or User.objects.filter(email__iexact=email).exists():
        raise Invalid({"email": "Somebody here uses this address already."})
    with transaction.atomic():
        _spend(invitation)
        person = create_verified_person(email=email, name=clean_name(name), password=password)
        account = found_account(system(source), name=account_name)
        add_member(system(source, account.pk), account=account, person=person, role=Role.OWNER)
    return person


def join_as_new_person(token: str, *, name: str, password: str, source: Source) -> User:
    """Make the invited address a person, and a member of the account that invited it.

    Args:
        token: from the link.
        name: how they are called.
        password: checked by the form.
        source: where the request comes from.

    Raises:
        NotFound: when the invitation cannot be accepted any more.
        Conflict: when somebody here has the address already; they sign in first.
    """
    invitation = find_open_invitation(token)
    if invitation.account_id is None:
        raise NotFound(GONE)
    if person_with(invitation.email):
        raise Conflict("Somebody here uses this address already. Sign in to accept the invitation.")
    with transaction.atomic():
        _spend(invitation)
        person = create_verified_person(email=invitation.email, name=clean_name(name), password=password)
        _join(invitation, person, source)
    return person


def join(token: str, *, person: User, source: Source) -> Membership:
    """Make a signed-in person a member of the account that invited an address of theirs.

    Raises:
        NotFound: when the invitation cannot be accepted any more.
        Conflict: when it is for another address, or the person belongs to the account already.
    """
    invitation = find_open_invitation(token)
    if invitation.account_id is None:
        raise NotFound(GONE)
    if not has_verified(person, invitation.email):
        raise Conflict(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    if Membership.objects.filter(account_id=invitation.account_id, person=person).exists():
        raise Conflict("You belong to this account already.")
    with transaction.atomic():
        _spend(invitation)
        return _join(invitation, person, source)


def person_with(email: str) -> User | None:
    """The person who has an address, verified or not."""
    owned = EmailAddress.objects.filter(email__iexact=email).select_related("user").first()
    return owned.user if owned else User.objects.filter(email__iexact=email).first()


def _spend(invitation: Invitation) -> None:
    """Mark the invitation accepted, unless another request was first; from then on its role is final."""
    now = clock.now()
    if not Invitation.objects.open(now).filter(pk=invitation.pk).update(accepted_at=now):
        raise NotFound(GONE)
    invitation.refresh_from_db(fields=["role"])  # somebody may have changed it since the link was followed


def _join(invitation: Invitation, person: User, source: Source) -> Membership:
    account = invitation.account
    if account is None:
        raise NotFound(GONE)
    membership = Membership.objects.create(account=account, person=person, role=invitation.role, created_at=clock.now())
    User.objects.filter(pk=person.pk).update(current_account=account)
    actor = member_actor(membership, person, source)
    record(actor, Action.INVITATION_ACCEPTED, person_target(person), changes={"role": (None, membership.role)})
    return membership
