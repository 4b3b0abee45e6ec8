"""The first owner's invitation: a link, printed once, that is good for one account."""

from datetime import timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.models import Invitation, Membership, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.audit import clock
from apps.audit.record import Source
from apps.credentials import peppers
from apps.credentials.format import TokenKind, is_well_formed, mint
from apps.credentials.plain import PlainSecret
from apps.permissions.actor import system
from apps.permissions.naming import clean_name
from apps.permissions.refusals import Invalid, NotFound
from apps.permissions.roles import Role

VALID_FOR: Final = timedelta(days=1)
GONE: Final = "This link is not valid, was used already, or is older than a day. Start the server again for a new one."


def has_owner() -> bool:
    """Whether anybody owns an account here yet."""
    return Membership.objects.filter(role=Role.OWNER).exists()


def invite_first_owner() -> PlainSecret:
    """A fresh invitation to found the first account; earlier unused ones stop."""
    token = mint(TokenKind.INVITATION)
    digest = peppers.digest(token.reveal())
    now = clock.now()
    with transaction.atomic():
        Invitation.objects.filter(accepted_at=None).delete()
        Invitation.objects.create(digest=digest.value, pepper=digest.pepper, created_at=now, expires_at=now + VALID_FOR)
    return token


def find_open_invitation(token: str) -> Invitation:
    """The invitation behind a token.

    Raises:
        NotFound: when it is malformed, unknown, used or expired; told apart by nothing.
    """
    invitation = None
    if is_well_formed(TokenKind.INVITATION, token):
        invitation = Invitation.objects.open(clock.now()).filter(digest__in=peppers.digests(token)).first()
    if invitation is None:
        raise NotFound(GONE)
    return invitation


def accept_invitation(token: str, *, email: str, name: str, password: str, account_name: str, source: Source) -> User:
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
    account_name = clean_name(account_name, field="account_name")
    if EmailAddress.objects.filter(email__iexact=email).exists() or User.objects.filter(email__iexact=email).exists():
        raise Invalid({"email": "Somebody here uses this address already."})
    with transaction.atomic():
        now = clock.now()
        if not Invitation.objects.open(now).filter(pk=invitation.pk).update(accepted_at=now):
            raise NotFound(GONE)
        person = create_verified_person(email=email, name=clean_name(name), password=password)
        account = found_account(system(source), name=account_name)
        add_member(system(source, account.pk), account=account, person=person, role=Role.OWNER)
    return person
