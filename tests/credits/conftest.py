"""Credits to spend."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from apps.audit import clock
from apps.credits.ledger import reserve
from apps.credits.models import Balance, Grant, LedgerEntry
from apps.credits.operations import grant_credits
from tests.people import Person

Give = Callable[..., Grant]
Reserve = Callable[..., UUID]


@pytest.fixture
def give(alice: Person) -> Give:
    """Grants Alice's account credits: `give(10)`, `give(10, days=3)` for some that expire in three days."""

    def grant(amount: int, days: int | None = None) -> Grant:
        end = clock.now() + timedelta(days=days) if days else None
        return grant_credits(alice.actor, amount=amount, reason="For tests", expires_at=end)

    return grant


@pytest.fixture
def take(alice: Person) -> Reserve:
    """Reserves credits of Alice's account for new work, and returns its reference: `take(3)`."""

    def one(amount: int = 1) -> UUID:
        reference = uuid4()
        reserve(alice.actor, amount=amount, reference=reference)
        return reference

    return one


def available(person: Person) -> int:
    """What the person's account has, as the balance says; the ledger and the grants must say the same."""
    balance = Balance.objects.get(account=person.account).available
    assert sum(LedgerEntry.objects.filter(account=person.account).values_list("amount", flat=True)) == balance
    last = LedgerEntry.objects.filter(account=person.account).order_by("-pk").first()
    assert last is None or last.available == balance
    assert Grant.objects.filter(account=person.account).left() == balance
    return balance
