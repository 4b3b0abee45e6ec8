"""`manage.py check_credits`: whoever writes past the product is found, and the account named."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit import append_only
from apps.credits import ledger
from apps.credits.append_only import LEDGER
from apps.credits.operations import grant_credits
from tests.credits.conftest import Give, Reserve
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(alice: Person, dave: Person, give: Give, take: Reserve) -> None:
    """Two accounts with a history, and one without any."""
    give(10, days=3)
    ledger.charge(take(2))
    ledger.refund(take(3), reason="Failed")
    take(1)
    grant_credits(dave.actor, amount=4, reason="Budget")


def test_what_the_product_wrote_adds_up(used: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_credits")
    assert "The credits of all 2 accounts add up." in capsys.readouterr().out


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE credits_balance SET available = available + 1 WHERE account_id = %s",
        "UPDATE credits_ledgerentry SET amount = amount + 1 WHERE kind = 'grant' AND account_id = %s",
        "DELETE FROM credits_ledgerentry WHERE kind = 'refund' AND account_id = %s",
        "UPDATE credits_ledgerentry SET available = 99 WHERE kind = 'reserve' AND account_id = %s",
        "UPDATE credits_grant SET remaining = remaining - 1 WHERE account_id = %s",
        "DELETE FROM credits_balance WHERE account_id = %s",
    ],
)
def test_an_account_that_was_tampered_with_is_named(
    tampering: str, used: None, alice: Person, dave: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    append_only.remove(connection, LEDGER)  # whoever owns the database can
    as_stored = alice.account.pk.hex if connection.vendor == "sqlite" else alice.account.pk
    with connection.cursor() as cursor:
        cursor.execute(tampering, [as_stored])
        assert cursor.rowcount > 0
    with pytest.raises(CommandError, match=r"credits of 1 account\(s\) do not add up"):
        call_command("check_credits")
    said = capsys.readouterr().out
    assert str(alice.account.pk) in said
    assert str(dave.account.pk) not in said
