"""Owners who step down, remove each other or hand over at the same moment: one of them still owns the account."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts import team
from apps.accounts.models import Membership
from apps.audit.chain import verify_chain
from apps.permissions.refusals import Refused
from apps.permissions.roles import Role
from tests.people import Person, make_person
from tests.races.together import failures, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
Leave = Callable[[Person, Person], Callable[[], Any]]
"""Who leaves, and the other owner → what their request does, which began while both still owned."""


def step_down(person: Person, _other: Person) -> Callable[[], Any]:
    actor = person.actor
    return lambda: team.change_role(actor, person_id=person.user.pk, role=Role.MEMBER)


def remove_the_other(person: Person, other: Person) -> Callable[[], Any]:
    actor = person.actor
    return lambda: team.remove_member(actor, person_id=other.user.pk)


def step_down_naively(person: Person, _other: Person) -> Callable[[], Any]:
    return lambda: _step_down_naively(person)


def _step_down_naively(person: Person) -> None:
    """Without the account's row locked: look whether somebody else owns, then step down."""
    others = Membership.objects.owners().filter(account=person.account).exclude(person=person.user)
    if others.exists():
        time.sleep(0.01)  # as long as a busy server takes between two statements
        Membership.objects.filter(person=person.user).update(role=Role.MEMBER)


def race(alice: Person, round_number: int, leave: Leave) -> list[Any]:
    """A second owner joins; then both leave at once. Alice is put back for the next round."""
    other = make_person(f"owner{round_number}", alice.account, Role.OWNER)
    return together([leave(alice, other), leave(other, alice)])


def owners(alice: Person) -> int:
    return Membership.objects.owners().filter(account=alice.account).count()


@pytest.mark.parametrize("leave", [step_down, remove_the_other])
def test_one_of_two_owners_stays(alice: Person, leave: Leave) -> None:
    for number in range(ROUNDS):
        results = race(alice, number, leave)

        assert owners(alice) == 1
        [refused] = failures(results)
        assert isinstance(refused, Refused)
        Membership.objects.filter(account=alice.account).exclude(person=alice.user).delete()
        Membership.objects.update_or_create(account=alice.account, person=alice.user, defaults={"role": Role.OWNER})
    assert verify_chain(alice.account.pk).is_intact


def test_the_same_race_leaves_nobody_when_the_check_is_naive(alice: Person) -> None:
    left = []
    for number in range(3):
        race(alice, number, step_down_naively)
        left.append(owners(alice))
        Membership.objects.filter(account=alice.account, person=alice.user).update(role=Role.OWNER)
    assert 0 in left
