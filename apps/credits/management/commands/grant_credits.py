"""`manage.py grant_credits --account ID --amount N [--reason TEXT] [--expires-in-days N]`: give an account credits."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Account
from apps.audit import clock
from apps.audit.record import Source
from apps.credits.operations import get_balance, grant_credits
from apps.permissions.actor import system
from apps.permissions.refusals import Invalid

MOST_DAYS: Final = 36_500


class Command(BaseCommand):
    """Grants the credits, and says what the account has then."""

    help = "Give an account credits, which its tasks are paid from."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which account, how many, why, and for how long."""
        parser.add_argument("--account", required=True, type=UUID, help="the account's id")
        parser.add_argument("--amount", required=True, type=int, help="how many credits, 1 to 1,000,000")
        parser.add_argument("--reason", default="Granted on the command line", help="shown in the account's history")
        parser.add_argument("--expires-in-days", type=int, help="after how many days what is left is taken back")

    def handle(
        self, *args: Any, account: UUID, amount: int, reason: str, expires_in_days: int | None, **options: Any
    ) -> None:
        """Grant them."""
        found = Account.objects.filter(pk=account).first()
        if found is None:
            raise CommandError(f"There is no account {account}.")
        if expires_in_days is not None and not 1 <= expires_in_days <= MOST_DAYS:
            raise CommandError(f"Credits last 1 to {MOST_DAYS} days. Leave --expires-in-days out for no end.")
        end = clock.now() + timedelta(days=expires_in_days) if expires_in_days else None
        actor = system(Source("command line"), account)
        try:
            grant_credits(actor, amount=amount, reason=reason, expires_at=end)
        except Invalid as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{found.name} has {get_balance(actor).available} credits now.")
