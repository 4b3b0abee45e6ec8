"""`manage.py provision`: a person, an account, a place in it and a key, for scripts."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import Account, Membership, User
from apps.api_keys.models import ApiKey
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.permissions import catalogue
from apps.permissions.roles import PERMISSIONS, Role
from tests.accounts.conftest import is_signed_in, sign_in
from tests.people import PASSWORD, Api

pytestmark = pytest.mark.django_db
EMAIL = "ci@people.example"


def provision(*arguments: str, email: str = EMAIL, account: str = "Acme") -> str:
    out = StringIO()
    call_command("provision", "--email", email, "--account", account, *arguments, stdout=out)
    return out.getvalue()


def provisioned(*arguments: str, **named: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(provision("--json", *arguments, **named))
    return found


def test_one_json_object_names_everything_that_a_script_needs():
    made = provisioned()

    assert {"account_id", "email", "password", "api_key"} <= set(made)
    assert made["email"] == EMAIL
    assert made["account_id"] == str(Account.objects.get().pk)


def test_the_key_works_and_the_person_can_sign_in():
    made = provisioned()

    whoami = Api(made["api_key"]).get("/api/v1/whoami").json()
    assert whoami["accountId"] == made["account_id"]
    assert whoami["permissions"] == list(catalogue.CATALOGUE)
    sign_in(browser := Client(), EMAIL, made["password"])
    assert is_signed_in(browser)


def test_again_makes_one_more_key_and_nothing_else():
    first, second = provisioned(), provisioned(email="CI@People.example ")

    assert (Account.objects.count(), User.objects.count(), Membership.objects.count()) == (1, 1, 1)
    assert first["account_id"] == second["account_id"]
    assert "password" not in second
    assert first["api_key"] != second["api_key"]
    for made in (first, second):
        assert Api(made["api_key"]).get("/api/v1/whoami").status_code == 200


def test_a_second_person_joins_the_account_that_is_there():
    first = provisioned()
    second = provisioned("--role", "auditor", email="auditor@people.example")

    assert second["account_id"] == first["account_id"]
    assert {membership.role for membership in Membership.objects.all()} == {"owner", "auditor"}


@pytest.mark.parametrize("role", Role)
def test_every_role_can_be_given_and_the_key_holds_what_it_allows(role):
    made = provisioned("--role", role)

    assert Membership.objects.get().role == role
    assert set(Api(made["api_key"]).get("/api/v1/whoami").json()["permissions"]) == PERMISSIONS[role]


def test_a_role_changes_only_when_it_is_named():
    provisioned("--role", "viewer")
    provisioned()
    assert Membership.objects.get().role == "viewer"

    provisioned("--role", "admin")

    assert Membership.objects.get().role == "admin"


def test_a_key_holds_the_permissions_that_are_named():
    made = provisioned("--permissions", "getSites, createSite,")

    assert Api(made["api_key"]).get("/api/v1/whoami").json()["permissions"] == ["getSites", "createSite"]


def test_a_given_password_is_taken_and_not_printed():
    text = provision("--password", PASSWORD)

    assert PASSWORD not in text
    sign_in(browser := Client(), EMAIL, PASSWORD)
    assert is_signed_in(browser)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--permissions", "getSites,becomeRoot"], "becomeRoot"),
        (["--permissions", ","], "at least one permission"),
        (["--password", "short"], "too short"),
        (["--password", "qwertyuiop123"], "common"),
        (["--password", EMAIL], "similar"),
        (["--role", "king"], "king"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing_behind(arguments, says):
    with pytest.raises(CommandError, match=says):
        provision(*arguments)

    assert not Account.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize(("email", "account"), [("nobody", "Acme"), ("", "Acme"), (EMAIL, ""), (EMAIL, "x" * 121)])
def test_a_wrong_address_or_account_name_is_refused(email, account):
    with pytest.raises(CommandError):
        provision(email=email, account=account)

    assert not User.objects.exists()


def test_the_password_of_somebody_who_is_there_is_not_changed():
    made = provisioned()

    with pytest.raises(CommandError, match="keeps their password"):
        provision("--password", "another long pass phrase")
    assert User.objects.get().check_password(made["password"])


def test_two_accounts_of_one_name_are_not_guessed_between():
    for _ in range(2):
        Account.objects.create(name="Acme")

    with pytest.raises(CommandError, match="several accounts"):
        provision()


def test_the_log_says_that_the_command_line_did_it_and_holds_no_key():
    made = provisioned()

    events = AuditEvent.objects.order_by("sequence")
    assert [event.action for event in events] == ["account.founded", "member.added", "key.created"]
    assert {event.surface for event in events} == {"command line"}
    assert made["api_key"] not in str(list(events.values()))
    assert verify_chain(Account.objects.get().pk).is_intact
    assert ApiKey.objects.get().created_by == User.objects.get()


def test_without_json_a_reader_is_told_to_store_the_key():
    text = provision()

    assert "shown this once" in text
    assert text.count("nct_") == 1
