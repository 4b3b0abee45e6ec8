"""`manage.py remove_second_factors EMAIL`: let somebody back in who has lost their phone, passkeys and codes."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.models import User


class Command(BaseCommand):
    """Removes them all; the password works alone again, until the person sets up new ones."""

    help = "Remove every second factor of a person, after you have made sure that it is really them who asks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"Nobody here has the address {email}.")
        factors = list(Authenticator.objects.filter(user=person))
        for factor in factors:
            factor.delete()
        self.stdout.write(f"Removed {len(factors)} of {person.email}. It is in the log of their accounts.")
