"""`manage.py provision`: a person, an account, a membership and one API key, for scripts and infrastructure code."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.models import Account, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.api_keys.operations import KeyWithToken, create_key
from apps.audit.record import Source
from apps.permissions import catalogue
from apps.permissions.actor import system
from apps.permissions.refusals import Refused
from apps.permissions.roles import PERMISSIONS, Role


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What there is now. The password is there when it was generated; the key always, this once."""

    account: Account
    person: User
    password: str | None
    key: KeyWithToken


class Command(BaseCommand):
    """Creates what is missing and leaves what is there; each call makes one more key."""

    help = "Create or complete a person, an account and a membership, and make one API key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="The person's address.")
        parser.add_argument(
            "--account", required=True, help="The account's name; made when there is none of that name."
        )
        parser.add_argument("--role", default=None, choices=Role.values, help="The person's role; owner by default.")
        parser.add_argument("--password", help="For a new person; generated when left out.")
        parser.add_argument("--permissions", default="all", help="Of the key: all, or names separated by commas.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
            with transaction.atomic():
                made = self._provision(email, options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self._print(made, as_json=options["as_json"])

    def _provision(self, email: str, options: dict[str, Any]) -> Provisioned:
        source = Source("command line")
        account = self._account(options["account"], source)
        person, password = self._person(email, options["password"])
        actor = system(source, account.pk)
        membership = account.memberships.filter(person=person).first()
        if membership is None or options["role"]:
            membership = add_member(actor, account=account, person=person, role=Role(options["role"] or Role.OWNER))
        permissions = self._permissions(options["permissions"], Role(membership.role))
        key = create_key(
            actor, name=f"Provisioned for {email}"[:120], permissions=permissions, expires_at=None, owner_id=person.pk
        )
        return Provisioned(account, person, password, key)

    def _account(self, name: str, source: Source) -> Account:
        found = list(Account.objects.filter(name=name.strip())[:2])
        if len(found) > 1:
            raise CommandError(f"There are several accounts named {name!r}; rename one first.")
        return found[0] if found else found_account(system(source), name=name)

    def _person(self, email: str, password: str | None) -> tuple[User, str | None]:
        person = User.objects.filter(email=email).first()
        if person:
            if password:
                raise CommandError(f"{email} exists already and keeps their password. Leave --password out.")
            EmailAddress.objects.get_or_create(user=person, email=email, defaults={"verified": True, "primary": True})
            return person, None
        if password:
            validate_password(password, User(email=email))
        generated = None if password else secrets.token_urlsafe(15)
        return create_verified_person(email=email, name="", password=password or generated), generated

    def _permissions(self, text: str, role: Role) -> list[str]:
        if text == "all":
            return catalogue.in_order(PERMISSIONS[role])
        return [name.strip() for name in text.split(",") if name.strip()]

    def _print(self, made: Provisioned, *, as_json: bool) -> None:
        facts = {
            "account_id": str(made.account.pk),
            "account": made.account.name,
            "person_id": made.person.pk,
            "email": made.person.email,
            **({"password": made.password} if made.password else {}),
            "api_key_id": str(made.key.key.pk),
            "api_key": made.key.token.reveal(),
        }
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name + ':':<12} {value}")
        self.stdout.write("The key is shown this once; store it now.")
