"""`manage.py check_credits`: whether every account's balance is the sum of its ledger."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Account
from apps.credits.checking import Difference, differences


class Command(BaseCommand):
    """Compares balances, ledgers and what is left of grants; ends with 1 and names the accounts where they differ."""

    help = "Check that the balance of each account is the sum of its ledger. Ends with 1 when one is not."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare them."""
        found = list(differences())
        for difference in found:
            self.stdout.write(_said(difference))
        if found:
            raise CommandError(
                f"The credits of {len(found)} account(s) do not add up. Somebody wrote past the product, or a backup"
                " was restored in part. The audit log has every movement with the balance that it left."
            )
        self.stdout.write(f"The credits of all {Account.objects.count()} accounts add up.")


def _said(difference: Difference) -> str:
    return (
        f"{difference.account_id} ({difference.name}): balance {difference.balance}, ledger {difference.ledger},"
        f" after its last entry {difference.last}, left of grants {difference.grants}"
    )
