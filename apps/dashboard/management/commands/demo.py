"""`manage.py demo`: an account with believable content, for looking around."""

import os
import secrets
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Account
from apps.dashboard import demo

PASSWORD_FILE: Final = "demo_password"  # noqa: S105  (a file name)


class Command(BaseCommand):
    """Creates the demo account in an empty database, and prints the sign-ins; again only prints them."""

    help = "Create the demo account, once, and print its sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo account has one shared password; it is not for production (DEBUG=0).")
        path: Path = settings.DATA_DIR / PASSWORD_FILE
        if not Account.objects.exists():
            self.stdout.write("Creating a demo account with a month of events ...")
            password = _write_password(path)
            demo.tell(password)
        if path.exists() and Account.objects.filter(name=demo.ACCOUNT_NAME).exists():
            self._print_sign_ins(path.read_text(encoding="utf-8"))

    def _print_sign_ins(self, password: str) -> None:
        self.stdout.write(f"\nDemo account “{demo.ACCOUNT_NAME}”. Password of everybody: {password}")
        for character in demo.PEOPLE:
            self.stdout.write(f"  {character.email:<28} {character.role.label}")
        self.stdout.write("")


def _write_password(path: Path) -> str:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(password)
    return password
