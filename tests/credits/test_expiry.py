"""Credits that end: spent first, taken back once, and never what is reserved or was spent."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from apps.audit import clock
from apps.credits import ledger
from apps.credits.models import Grant, LedgerEntry
from apps.credits.operations import get_balance
from apps.tasks import housekeeping
from tests.credits.conftest import Give, Reserve, available
from tests.people import Person

pytestmark = pytest.mark.django_db


def in_days(days: float) -> AbstractContextManager[None]:
    return clock.at(clock.now() + timedelta(days=days))


def left_of(*grants: Grant) -> list[int]:
    return [Grant.objects.get(pk=grant.pk).remaining for grant in grants]


def test_what_expires_first_is_spent_first_and_what_never_does_last(give: Give, take: Reserve) -> None:
    never, late, soon = give(5), give(5, days=30), give(5, days=3)
    take(7)
    assert left_of(never, late, soon) == [5, 3, 0]
    take(8)
    assert left_of(never, late, soon) == [0, 0, 0]


def test_what_is_left_is_taken_back_once(alice: Person, give: Give, take: Reserve) -> None:
    give(10, days=3)
    give(4)
    ledger.charge(take(2))
    with in_days(3):
        assert housekeeping.expire_credits.call() == 8
        assert housekeeping.expire_credits.call() == 0
    assert available(alice) == 4
    assert list(LedgerEntry.objects.filter(kind="expire").values_list("amount", "reason")) == [
        (-8, "The credits have expired")
    ]


def test_nothing_is_taken_back_before_its_end(alice: Person, give: Give) -> None:
    give(10, days=3)
    with in_days(2.99):
        assert housekeeping.expire_credits.call() == 0
    assert available(alice) == 10


def test_expired_credits_cannot_be_spent_even_before_the_housekeeping(alice: Person, give: Give, take: Reserve) -> None:
    give(10, days=3)
    give(1)
    with in_days(4):
        assert get_balance(alice.actor).available == 1
        with pytest.raises(ledger.BalanceSpent):
            take(2)
        take(1)
    assert available(alice) == 0


def test_what_was_reserved_before_the_end_can_be_charged_after_it(alice: Person, give: Give, take: Reserve) -> None:
    give(10, days=3)
    work = take(10)
    with in_days(4):
        assert housekeeping.expire_credits.call() == 0
        ledger.charge(work)
    assert available(alice) == 0


def test_what_comes_back_to_expired_credits_expires(alice: Person, give: Give, take: Reserve) -> None:
    give(3, days=3)
    give(5)
    work = take(5)
    with in_days(4):
        ledger.refund(work, reason="No text was found")
    assert available(alice) == 5
    entries = LedgerEntry.objects.order_by("pk").values_list("kind", "amount", "available")
    assert list(entries)[-2:] == [("refund", 5, 8), ("expire", -3, 5)]
