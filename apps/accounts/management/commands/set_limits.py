"""`manage.py set_limits --account ID [--organizations N|none] [--sites N|none]`: how much an account may have."""

import argparse
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Account
from apps.accounts.operations import LIMITS, Limits, set_limits
from apps.audit.record import Source
from apps.permissions.actor import system

NO_LIMIT: Final = "none"


class Command(BaseCommand):
    """Sets those limits that are named, and says what the account may have now."""

    help = "Limit how many organizations and sites may live in an account. What there is stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which account, and the limits."""
        parser.add_argument("--account", required=True, type=UUID, help="the account's id")
        parser.add_argument("--organizations", type=_limit, help="a number, or none for no limit")
        parser.add_argument("--sites", type=_limit, help="a number, or none for no limit")

    def handle(
        self, *args: Any, account: UUID, organizations: int | str | None, sites: int | str | None, **options: Any
    ) -> None:
        """Set them."""
        if not Account.objects.filter(pk=account).exists():
            raise CommandError(f"There is no account {account}.")
        limits: Limits = {}
        if organizations is not None:
            limits["most_organizations"] = _number(organizations)
        if sites is not None:
            limits["most_sites"] = _number(sites)
        if not limits:
            raise CommandError("Name a limit: --organizations, --sites, or both.")
        changed = set_limits(system(Source("command line"), account), **limits)
        self.stdout.write(
            f"{changed.name} may have {_said(changed.most_organizations)} organizations"
            f" and {_said(changed.most_sites)} sites."
        )


def _limit(text: str) -> int | str:
    if text == NO_LIMIT:
        return text
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) in LIMITS):
        raise argparse.ArgumentTypeError(f"a limit is a number from {LIMITS[0]} to {LIMITS[-1]}, or none")
    return int(text)


def _number(limit: int | str) -> int | None:
    return limit if isinstance(limit, int) else None


def _said(limit: int | None) -> str:
    return "any number of" if limit is None else f"at most {limit}"
