"""An invitation whose role is changed, or that is taken back, while somebody accepts it."""

from typing import Any

import pytest

from apps.accounts import team
from apps.accounts.invitations import join_as_new_person
from apps.accounts.models import Membership, User
from apps.audit.chain import verify_chain
from apps.permissions.refusals import NotFound
from apps.permissions.roles import Role
from tests.people import PASSWORD, SOURCE, Person
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12


def invite(alice: Person, number: int) -> tuple[str, Any]:
    """A fresh invitation of an admin: its address, and what accepts it."""
    made = team.invite_member(alice.actor, email=f"new{number}@people.example", role=Role.ADMIN)
    token = made.token.reveal()
    return made.invitation.email, lambda: join_as_new_person(token, name="New", password=PASSWORD, source=SOURCE)


def role_of(email: str) -> str | None:
    return Membership.objects.filter(person__email=email).values_list("role", flat=True).first()


def test_who_was_made_a_viewer_is_one(alice: Person) -> None:
    actor = alice.actor
    for number in range(ROUNDS):
        email, accept = invite(alice, number)
        joined, changed = together(
            [accept, lambda email=email: team.update_user(actor, email=email, role=Role.VIEWER)]  # type: ignore[misc]
        )
        assert isinstance(joined, User), joined
        if isinstance(changed, Exception):  # it was accepted in between: nothing was promised
            assert isinstance(changed, NotFound)
            assert role_of(email) == Role.ADMIN
        else:
            assert role_of(email) == Role.VIEWER
    assert verify_chain(alice.account.pk).is_intact


def test_who_was_removed_is_not_in(alice: Person) -> None:
    actor = alice.actor
    for number in range(ROUNDS):
        email, accept = invite(alice, number)
        joined, removed = together(
            [accept, lambda email=email: team.remove_user(actor, email=email)]  # type: ignore[misc]
        )
        if isinstance(removed, Exception):
            assert isinstance(removed, NotFound)
            assert role_of(email) == Role.ADMIN
        else:
            assert role_of(email) is None
        assert isinstance(joined, User | NotFound), joined
    assert verify_chain(alice.account.pk).is_intact
