"""Credits under many requests at once: never below none, and each piece of work settled once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.record import Source
from apps.credits import ledger
from apps.credits.models import LedgerEntry, Reservation, ReservationState
from apps.credits.operations import expire_all_credits, get_balance, grant_credits
from tests.credits.conftest import available
from tests.people import Person
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
Settle = Callable[[UUID], None]


def reserved(person: Person, amount: int = 1) -> UUID:
    reference = uuid4()
    ledger.reserve(person.actor, amount=amount, reference=reference)
    return reference


def test_of_50_at_once_with_credit_for_10_exactly_10_are_accepted(alice: Person) -> None:
    grant_credits(alice.actor, amount=7, reason="Some")
    grant_credits(alice.actor, amount=3, reason="Soon gone", expires_at=clock.now() + timedelta(days=1))
    actor = alice.actor
    work = [partial(ledger.reserve, actor, amount=1, reference=uuid4()) for _ in range(50)]
    results = together(work)
    assert len(succeeded(results)) == 10
    assert {type(failure) for failure in failures(results)} == {ledger.BalanceSpent}
    assert available(alice) == 0
    assert Reservation.objects.count() == LedgerEntry.objects.filter(kind="reserve").count() == 10
    assert verify_chain(alice.account.pk).is_intact


def _refund(reference: UUID) -> None:
    ledger.refund(reference, reason="Failed")


@pytest.mark.parametrize("settlements", [(ledger.charge, _refund), (ledger.charge,), (_refund,)])
def test_of_many_settlements_at_once_exactly_one_happens(alice: Person, settlements: tuple[Settle, ...]) -> None:
    grant_credits(alice.actor, amount=100, reason="Some")
    for _ in range(ROUNDS):
        before = available(alice)
        reference = reserved(alice, 3)
        results = together([partial(settle, reference) for settle in settlements * (THREADS // len(settlements))])
        assert len(succeeded(results)) == 1
        assert {type(failure) for failure in failures(results)} == {ledger.AlreadySettled}
        was_charged = Reservation.objects.get(pk=reference).state == ReservationState.CHARGED
        assert available(alice) == before - (3 if was_charged else 0)
        assert LedgerEntry.objects.filter(reference=reference).count() == 2


def test_a_result_reported_by_many_at_once_is_refunded_once(alice: Person) -> None:
    grant_credits(alice.actor, amount=10, reason="Some")
    reference = reserved(alice)
    ledger.charge(reference)
    results = together([partial(ledger.refund_reported, alice.actor, reference=reference)] * THREADS)
    assert len(succeeded(results)) == 1
    assert {type(failure) for failure in failures(results)} == {ledger.AlreadySettled}
    assert available(alice) == 10


def test_credits_that_expire_while_they_are_spent_are_counted_once(alice: Person) -> None:
    for _ in range(ROUNDS):
        with clock.at(clock.now() - timedelta(days=2)):
            grant_credits(alice.actor, amount=20, reason="Old", expires_at=clock.now() + timedelta(days=1))
            held = [reserved(alice) for _ in range(4)]
        grant_credits(alice.actor, amount=4, reason="New")
        actor = alice.actor
        reserving = [partial(ledger.reserve, actor, amount=1, reference=uuid4()) for _ in range(8)]
        expiring = [partial(_expire) for _ in range(4)]
        results = together([*reserving, *expiring, *[partial(_refund, reference) for reference in held]])
        assert len(failures(results)) == 4, "Only the 4 new credits can be reserved."
        assert {type(failure) for failure in failures(results)} == {ledger.BalanceSpent}
        assert get_balance(alice.actor).available == available(alice) == 0


def _expire() -> None:
    expire_all_credits(Source("worker"))
