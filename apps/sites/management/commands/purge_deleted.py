"""`manage.py purge_deleted`: let go for good of what was deleted 30 days ago. The task worker does it daily."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.models import Organization
from apps.audit import clock
from apps.audit.record import Source
from apps.sites.purging import Purged, organizations_to_purge, purge_deleted, sites_to_purge


class Command(BaseCommand):
    """Names each thing that went, or would go."""

    help = "Delete for good the sites and organizations that were deleted 30 days ago. The audit log keeps its events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = clock.now()
        gone: list[Purged] = (
            [*sites_to_purge(now), *organizations_to_purge(now)] if dry_run else purge_deleted(Source("command line"))
        )
        for one in gone:
            self.stdout.write(_named(one))
        organizations = sum(isinstance(one, Organization) for one in gone)
        what = f"{_counted(len(gone) - organizations, 'site')} and {_counted(organizations, 'organization')}"
        self.stdout.write(f"{what} {'would go' if dry_run else 'went'}: deleted 30 days ago or longer.")


def _named(one: Purged) -> str:
    deleted = f"deleted {one.deleted_at:%Y-%m-%d}"
    if isinstance(one, Organization):
        return f"organization “{one.name}”, {deleted}, account {one.account_id}"
    return f"site {one.site_key} “{one.name}”, {deleted}, account {one.account_id}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
