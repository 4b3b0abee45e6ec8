"""The first owner's link: printed while there is none, good once and for a day, and found an account with it."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client

from apps.accounts.models import Account, Invitation, Membership, User
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.dashboard.management.commands import serve
from tests.dashboard.reading import read

FORM = {
    "account_name": "Fresh start",
    "name": "Olivia",
    "email": "Olivia@people.example",
    "password": "a long and private phrase",
}


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("first_owner_link", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def link(db) -> str:
    match = re.search(r"http://127\.0\.0\.1:8000(/setup/nci_[0-9A-Za-z]{38})", printed())
    assert match
    return match[1]


def test_the_link_opens_a_form_that_founds_an_account_and_signs_in(link, client):
    assert set(FORM) <= set(read(client.get(link)).fields)

    answer = client.post(link, FORM, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert "Your account is ready" in read(answer).text
    owner = Membership.objects.get()
    assert (owner.account.name, owner.role, owner.person.email) == ("Fresh start", "owner", "olivia@people.example")
    actions = AuditEvent.objects.of_account(owner.account_id).order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["account.founded", "member.added", "sign_in.succeeded"]
    assert verify_chain(owner.account_id).is_intact


@pytest.mark.parametrize(
    ("is_development", "leads_to"), [(True, "http://127.0.0.1:8012/setup/"), (False, "https://captcha.example/setup/")]
)
def test_the_link_leads_to_where_people_reach_the_server(db, settings, monkeypatch, is_development, leads_to):
    settings.DEVELOPMENT, settings.BASE_URL = is_development, "https://captcha.example"
    monkeypatch.setenv("DEMO", "0")
    monkeypatch.setattr(connections, "close_all", lambda: None)
    only = {"first_owner_link": call_command}
    monkeypatch.setattr(serve, "call_command", lambda name, **options: name in only and only[name](name, **options))
    out = StringIO()

    serve.Command(stdout=out)._prepare("http://127.0.0.1:8012")

    assert leads_to in out.getvalue()
    assert "https://captcha.example/setup/" in printed()


def test_the_link_stops_when_somebody_else_becomes_an_owner(link, client):
    call_command("provision", "--email", "ci@people.example", "--account", "CI", stdout=StringIO())

    assert client.get(link).status_code == 404
    assert client.post(link, FORM).status_code == 404
    assert Account.objects.count() == 1


def test_the_link_is_good_once(link, client):
    client.post(link, FORM)

    again = Client().post(link, FORM | {"email": "second@people.example"})

    assert again.status_code == 404
    assert "used already" in read(again).text
    assert Account.objects.count() == User.objects.count() == 1


def test_the_link_is_good_for_a_day(link, client):
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):
        assert client.get(link).status_code == 404
        assert client.post(link, FORM).status_code == 404
    assert not User.objects.exists()


def test_a_new_link_ends_the_old_one(link, client):
    fresh = printed("--base-url", "https://captcha.example.com/")

    assert client.get(link).status_code == 404
    assert re.search(r"https://captcha\.example\.com/setup/nci_\w+", fresh)
    assert Invitation.objects.count() == 1


def test_nothing_is_printed_once_somebody_owns_an_account(alice):
    assert printed() == ""
    assert not Invitation.objects.exists()


def test_the_token_is_kept_as_a_digest_alone(link):
    token = link.removeprefix("/setup/")

    assert token not in str(Invitation.objects.values())
    assert len(bytes(Invitation.objects.get().digest)) == 32


@pytest.mark.parametrize(
    "token", ["x", "nci_", f"nci_{'0' * 38}", f"nct_{'0' * 38}", "%2e%2e", "x" * 5000, "%F0%9F%92%A9"]
)
def test_a_token_that_is_none_is_not_found(link, client, token):
    answer = client.get(f"/setup/{token}")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"account_name": ""}, "account_name"),
        ({"account_name": "a\u202eb"}, "account_name"),
        ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "olivia@people.example"}, "password"),
        ({"password": "qwertyuiop123"}, "password"),
    ],
)
def test_a_wrong_form_is_shown_again_and_the_link_stays_good(link, client, typed, field):
    answer = client.post(link, FORM | typed)

    page = read(answer)
    assert answer.status_code == 422
    assert field in page.errors
    assert page.value("password") == ""
    assert page.value("email") == (FORM | typed)["email"]
    assert not User.objects.exists()
    assert client.post(link, FORM).status_code == 302


def test_an_address_that_is_taken_is_said_at_its_field(link, client, django_user_model):
    django_user_model.objects.create_user("olivia@people.example")

    answer = client.post(link, FORM)

    assert answer.status_code == 422
    assert "uses this address already" in read(answer).errors["email"]
