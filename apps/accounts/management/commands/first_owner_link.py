"""`manage.py first_owner_link`: a link, good once and for a day, that makes its holder the first owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from apps.accounts.invitations import has_owner, invite_first_owner


class Command(BaseCommand):
    """Prints the link; prints nothing once somebody owns an account."""

    help = "Print a one-time link to create the first owner, while there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default=settings.BASE_URL, help="Where the server is reached.")

    def handle(self, *args: Any, base_url: str, **options: Any) -> None:
        if has_owner():
            return
        path = reverse("set_up", args=[invite_first_owner().reveal()])
        self.stdout.write(f"Create the first owner here (once, within a day): {base_url.rstrip('/')}{path}")
