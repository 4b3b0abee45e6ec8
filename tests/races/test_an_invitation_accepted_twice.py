"""Sixteen who follow the first owner's link at the same moment: one account is founded, by one of them."""

import time
from collections.abc import Callable

import pytest

from apps.accounts.invitations import find_open_invitation, found_first_account, invite_first_owner
from apps.accounts.models import Account, Invitation, Membership, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditChain, AuditEvent
from apps.permissions.actor import system
from apps.permissions.refusals import NotFound
from apps.permissions.roles import Role
from tests.people import PASSWORD, SOURCE
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 15
Accept = Callable[[str, str], User]


def accept(token: str, email: str) -> User:
    return found_first_account(
        token, email=email, name="First", password=PASSWORD, account_name="First account", source=SOURCE
    )


def accept_naively(token: str, email: str) -> User:
    """Without the conditional update: look, found, and only then note that it was accepted."""
    invitation = find_open_invitation(token)
    time.sleep(0.005)  # as long as a busy server takes between two statements
    person = create_verified_person(email=email, name="First", password=PASSWORD)
    account = found_account(system(SOURCE), name="First account")
    add_member(system(SOURCE, account.pk), account=account, person=person, role=Role.OWNER)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=clock.now())
    return person


def race(accepting: Accept, round_number: int) -> list[User | Exception]:
    token = invite_first_owner().reveal()
    emails = [f"person{number}@round{round_number}.example" for number in range(THREADS)]
    return together([lambda email=email: accepting(token, email) for email in emails])  # type: ignore[misc]


def test_exactly_one_of_16_founds_an_account() -> None:
    for number in range(1, ROUNDS + 1):
        results = race(accept, number)
        [winner] = succeeded(results)
        assert {type(failure) for failure in failures(results)} == {NotFound}
        assert (Account.objects.count(), Membership.objects.count(), User.objects.count()) == (number,) * 3
        membership = Membership.objects.get(person=winner)
        assert membership.role == Role.OWNER
        assert verify_chain(membership.account_id).events == 2
    assert AuditEvent.objects.count() == 2 * ROUNDS
    assert AuditChain.objects.count() == ROUNDS
    assert not Invitation.objects.filter(accepted_at=None).exists()


def test_the_same_race_founds_several_accounts_when_the_acceptance_is_naive() -> None:
    founded = [len(succeeded(race(accept_naively, number))) for number in range(3)]
    assert max(founded) > 1
