"""`manage.py verify_audit`: read every account's log and check every link of its chain."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.chain import verify_chain
from apps.audit.models import AuditChain, AuditEvent


class Command(BaseCommand):
    """Prints a line an account; exits with 1 when a log is not as it was written."""

    help = "Check that no audit log was changed after it was written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", type=UUID, help="Only this account's log.")

    def handle(self, *args: Any, account: UUID | None = None, **options: Any) -> None:
        with_events = AuditEvent.objects.order_by("account_id").values_list("account_id", flat=True).distinct()
        with_chains = AuditChain.objects.values_list("account_id", flat=True)
        accounts = {account} if account else {*with_events, *with_chains}
        broken = 0
        for account_id in sorted(accounts):
            report = verify_chain(account_id)
            verdict = "intact" if report.is_intact else f"BROKEN at event {report.broken_at}: {report.reason}"
            broken += not report.is_intact
            self.stdout.write(f"{account_id}  {report.events} events  {verdict}")
        if broken:
            raise CommandError(f"{broken} of {len(accounts)} logs are not as they were written.")
