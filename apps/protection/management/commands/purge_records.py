"""`manage.py purge_records`: let go of records and counts that are older than the settings keep them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit import clock
from apps.protection.retention import purge_records, purge_traffic, records_to_purge


class Command(BaseCommand):
    """Says how many went, or would go."""

    help = "Delete the captcha records, and the counts, that are older than they are kept. The task worker does it too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say how many records would go.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = clock.now()
        if dry_run:
            self.stdout.write(f"{records_to_purge(now).count():,} records would go.")
            return
        records, counts = purge_records(now), purge_traffic(now)
        self.stdout.write(f"{records:,} records and {counts:,} counts went.")
