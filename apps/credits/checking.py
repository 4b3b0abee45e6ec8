"""Whether balances, ledgers and grants say the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import models
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.credits.models import Balance, Grant, LedgerEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """An account whose credits do not add up.

    Attributes:
        account_id: which.
        name: its name.
        balance: what it can spend, in credits.
        ledger: the sum of its ledger.
        last: what its last entry says it had then.
        grants: what is left of its grants.
    """

    account_id: UUID
    name: str
    balance: int
    ledger: int
    last: int
    grants: int


def differences() -> Iterator[Difference]:
    """The accounts whose balance is not the sum of their ledger, what its last entry says, and what is left of grants.

    One statement, so that it sees one moment, however busy the accounts are.
    """
    mine = {"account": models.OuterRef("pk")}
    entries = LedgerEntry.objects.filter(**mine).order_by()
    last = LedgerEntry.objects.filter(**mine).order_by("-pk").values("available")[:1]
    accounts = Account.objects.annotate(
        has=_or_none(Balance.objects.filter(**mine).values("available")),
        entered=_or_none(entries.values("account").annotate(sum=models.Sum("amount")).values("sum")),
        last=_or_none(last),
        left=_or_none(
            Grant.objects.filter(**mine).values("account").annotate(sum=models.Sum("remaining")).values("sum")
        ),
    )
    has = models.F("has")
    wrong = accounts.exclude(entered=has, last=has, left=has).order_by("pk")
    for found in wrong.values_list("pk", "name", "has", "entered", "last", "left"):
        yield Difference(*found)


def _or_none(amount: models.QuerySet[models.Model, object]) -> Coalesce:
    return Coalesce(models.Subquery(amount), 0, output_field=models.BigIntegerField())
