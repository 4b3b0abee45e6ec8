"""Reserve, charge, refund: each once, charge and refund never both, and the sum is always the balance."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credits import ledger
from apps.credits.models import AppendOnlyError, Balance, Grant, LedgerEntry, Reservation
from tests.credits.conftest import Give, Reserve, available
from tests.people import Person

pytestmark = pytest.mark.django_db


def entries_of(reference: UUID) -> list[tuple[str, int]]:
    return list(LedgerEntry.objects.filter(reference=reference).order_by("pk").values_list("kind", "amount"))


def test_a_charge_spends_what_was_reserved(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(3)
    assert available(alice) == 7
    ledger.charge(work)
    assert available(alice) == 7
    assert entries_of(work) == [("reserve", -3), ("charge", 0)]


def test_a_refund_gives_back_what_was_reserved(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(3)
    ledger.refund(work, reason="No text was found")
    assert available(alice) == 10
    assert entries_of(work) == [("reserve", -3), ("refund", 3)]
    assert LedgerEntry.objects.get(kind="refund").reason == "No text was found"


def test_more_than_there_is_cannot_be_reserved(alice: Person, give: Give, take: Reserve) -> None:
    give(2)
    with pytest.raises(ledger.BalanceSpent, match="This costs 3 credits"):
        take(3)
    assert available(alice) == 2
    assert not Reservation.objects.exists()


def test_an_account_without_a_grant_has_nothing_to_spend(take: Reserve) -> None:
    with pytest.raises(ledger.BalanceSpent):
        take(1)


def test_free_work_needs_no_credits(alice: Person, take: Reserve) -> None:
    ledger.charge(take(0))
    assert available(alice) == 0


def test_a_negative_price_is_refused(alice: Person, take: Reserve) -> None:
    with pytest.raises(ValueError, match="0 credits or more"):
        take(-1)


@pytest.mark.parametrize("first", ["charge", "refund"])
@pytest.mark.parametrize("second", ["charge", "refund"])
def test_work_is_settled_once(alice: Person, give: Give, take: Reserve, first: str, second: str) -> None:
    settle = {"charge": ledger.charge, "refund": lambda work: ledger.refund(work, reason="Failed")}
    give(10)
    work = take(1)
    settle[first](work)
    before = (available(alice), entries_of(work), AuditEvent.objects.count())
    with pytest.raises(ledger.AlreadySettled):
        settle[second](work)
    assert (available(alice), entries_of(work), AuditEvent.objects.count()) == before


def test_the_same_work_is_reserved_once(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(1)
    with pytest.raises(ledger.AlreadyReserved):
        ledger.reserve(alice.actor, amount=1, reference=work)
    assert available(alice) == 9


def test_work_that_nothing_was_reserved_for_cannot_be_settled(alice: Person) -> None:
    for settle in (ledger.charge, lambda work: ledger.refund(work, reason="Failed")):
        with pytest.raises(ledger.NoSuchReservation):
            settle(uuid4())


def test_a_wrong_result_is_refunded_once(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(2)
    ledger.charge(work)
    ledger.refund_reported(alice.actor, reference=work)
    assert available(alice) == 10
    with pytest.raises(ledger.AlreadySettled):
        ledger.refund_reported(alice.actor, reference=work)
    assert available(alice) == 10


def test_only_charged_work_is_refunded_as_wrong(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    held, failed = take(1), take(1)
    ledger.refund(failed, reason="Failed")
    for work in (held, failed):
        with pytest.raises(ledger.AlreadySettled):
            ledger.refund_reported(alice.actor, reference=work)
    assert available(alice) == 9


def test_a_stranger_learns_nothing_of_work(alice: Person, dave: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(1)
    ledger.charge(work)
    for reference in (work, uuid4()):
        with pytest.raises(ledger.NoSuchReservation, match="Nothing was reserved for this work"):
            ledger.refund_reported(dave.actor, reference=reference)
    assert available(alice) == 9


def test_what_the_caller_takes_back_did_not_happen(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(1)
    with transaction.atomic():
        ledger.charge(work)
        take(1)
        transaction.set_rollback(True)
    assert available(alice) == 9
    assert entries_of(work) == [("reserve", -1)]
    ledger.refund(work, reason="It failed after all")
    assert available(alice) == 10


def test_a_refused_reserve_leaves_the_callers_transaction_usable(alice: Person, give: Give, take: Reserve) -> None:
    give(1)
    with transaction.atomic():
        with pytest.raises(ledger.BalanceSpent):
            take(2)
        take(1)
    assert available(alice) == 0


def test_every_entry_is_an_event_with_the_balance_it_left(alice: Person, give: Give, take: Reserve) -> None:
    with clock.at(clock.now() - timedelta(days=3)):
        give(5, days=1)
        charged, failed = take(1), take(1)
        ledger.charge(charged)
        ledger.refund(failed, reason="Failed")
    give(2)
    take(1)  # takes back what has expired first
    found = AuditEvent.objects.filter(action__startswith="credits.").order_by("sequence")
    assert [(event.action, event.changes.get("available"), event.actor_label) for event in found] == [
        ("credits.granted", [0, 5], alice.user.email),
        ("credits.reserved", [5, 4], alice.user.email),
        ("credits.reserved", [4, 3], alice.user.email),
        ("credits.charged", None, "Gatehouse"),
        ("credits.refunded", [3, 4], "Gatehouse"),
        ("credits.granted", [4, 6], alice.user.email),
        ("credits.expired", [6, 2], "Gatehouse"),
        ("credits.reserved", [2, 1], alice.user.email),
    ]


def test_the_database_refuses_a_balance_below_none(alice: Person, give: Give) -> None:
    give(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.update(available=-1)


def test_the_database_refuses_a_second_entry_of_a_kind(alice: Person, give: Give, take: Reserve) -> None:
    give(5)
    work = take(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry(
            account=alice.account, kind="reserve", amount=-1, available=3, reference=work, at=clock.now()
        ).save()


def test_entries_are_never_changed_or_removed(alice: Person, give: Give) -> None:
    give(1)
    entry = LedgerEntry.objects.get()
    for attempt in (
        entry.save,
        entry.delete,
        LedgerEntry.objects.all().delete,
        lambda: LedgerEntry.objects.update(amount=9),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credits_ledgerentry SET amount = 9",
        "DELETE FROM credits_ledgerentry",
        "INSERT INTO credits_ledgerentry SELECT * FROM credits_ledgerentry WHERE true"
        " ON CONFLICT (id) DO UPDATE SET reason = 'x'",
    ],
)
def test_the_database_refuses_to_change_or_remove_entries(give: Give, statement: str) -> None:
    give(1)
    with pytest.raises(DatabaseError, match="ledger entries are append only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_a_reserve_costs_the_same_however_long_the_ledger(
    alice: Person, give: Give, take: Reserve, django_assert_max_num_queries: object
) -> None:
    give(50)
    for _ in range(20):
        take(1)
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        take(1)
    assert connection.in_atomic_block


@pytest.mark.parametrize("part", ["reserve", "charge", "refund", "refund_reported"])
def test_without_its_event_nothing_moves(
    alice: Person, give: Give, take: Reserve, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    give(10)
    held, charged = take(1), take(1)
    ledger.charge(charged)
    moving = {
        "reserve": lambda: take(1),
        "charge": lambda: ledger.charge(held),
        "refund": lambda: ledger.refund(held, reason="Failed"),
        "refund_reported": lambda: ledger.refund_reported(alice.actor, reference=charged),
    }
    before = rows()

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("the log cannot be written")

    monkeypatch.setattr(AuditEvent, "save", refuse)
    with pytest.raises(DatabaseError):
        moving[part]()
    assert rows() == before


def rows() -> list[list[dict[str, object]]]:
    models: list[Any] = [Balance, Grant, Reservation, LedgerEntry]
    return [list(model.objects.order_by("pk").values()) for model in models]
