"""Signing in with the organization's own service, against a provider that runs in the test."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from config.environment import sign_on
from tests.accounts.security.conftest import age_proofs, enrol, is_signed_in
from tests.accounts.security.provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key, serve

BEGIN = "/accounts/oidc/login/"


@pytest.fixture
def provider(settings, monkeypatch):
    """A provider at which Alice has an account, with an address that it has verified."""
    made = Provider()
    server = serve(made)
    monkeypatch.setenv("OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("OIDC_CLIENT_SECRET", CLIENT_SECRET)
    settings.OIDC_ISSUER = made.issuer
    settings.OIDC_NAME = "Example SSO"
    settings.SOCIALACCOUNT_PROVIDERS = sign_on(made.issuer, "Example SSO", development=True)
    made.profile |= {"email": "alice@people.example", "email_verified": True}
    yield made
    server.shutdown()
    server.server_close()


def begin(browser: Client, address: str = BEGIN) -> str:
    """Where the person is sent, when they want to sign in at the provider."""
    return str(browser.get(address).headers["Location"])


def go(browser, address=BEGIN):
    """Follow the person to the provider and back; the answer to their return."""
    back = requests.get(begin(browser, address), allow_redirects=False, timeout=5).headers["Location"]
    return browser.get(back.removeprefix("http://testserver"))


def come_back(provider, **claims):
    provider.token_claims = claims
    browser = Client()
    return browser, go(browser)


def test_the_sign_in_page_offers_it_only_where_it_is_set_up(client, db):
    assert "oidc" not in client.get(reverse("account_login")).content.decode()
    assert client.get(BEGIN).status_code == 404


def test_the_sign_in_page_names_it(client, provider, db):
    assert "Sign in with Example SSO" in client.get(reverse("account_login")).content.decode()


def test_a_verified_address_signs_in_and_is_recorded(provider, alice):
    browser, answer = come_back(provider)

    assert (answer.status_code, answer.url) == (302, "/")
    assert is_signed_in(browser)
    event = AuditEvent.objects.of_account(alice.account.pk).filter(action="sign_in.succeeded").get()
    assert event.changes == {"with": [None, ["single sign-on"]]}


def test_it_comes_back_to_where_the_person_wanted_to_go(provider, alice):
    assert go(Client(), f"{BEGIN}?next=/keys/").url == "/keys/"
    assert go(Client(), f"{BEGIN}?next=https://evil.example/").url == "/"


def test_later_the_subject_counts_and_not_the_address(provider, alice):
    come_back(provider)
    provider.profile["email"] = "renamed@people.example"
    browser, _ = come_back(provider)

    assert is_signed_in(browser)
    assert SocialAccount.objects.get().user == alice.user


def test_the_same_subject_of_another_issuer_is_somebody_else(provider, alice, settings):
    come_back(provider)
    another = Provider(profile={"sub": provider.profile["sub"]})
    server = serve(another)
    settings.SOCIALACCOUNT_PROVIDERS = sign_on(another.issuer, "Another", development=True)
    browser, _ = come_back(another)
    server.shutdown()
    server.server_close()

    assert not is_signed_in(browser)


@pytest.mark.parametrize("said", [False, None, "true", "false", 1, "yes"])
def test_an_address_that_it_has_not_verified_signs_nobody_in(said, provider, alice):
    provider.profile["email_verified"] = said
    browser, answer = come_back(provider)

    assert not is_signed_in(browser)
    assert "Accounts are by invitation" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_an_address_that_is_not_confirmed_here_signs_nobody_in(provider, alice):
    EmailAddress.objects.filter(user=alice.user).update(verified=False)
    browser, answer = come_back(provider)

    assert not is_signed_in(browser)
    assert "Accounts are by invitation" in answer.content.decode()


def test_a_stranger_gets_no_account_and_the_same_answer(provider, alice):
    provider.profile["email_verified"] = False
    _, known = come_back(provider)
    provider.profile |= {"sub": "stranger", "email": "stranger@people.example", "email_verified": True}
    before = User.objects.count()
    browser, unknown = come_back(provider)

    assert User.objects.count() == before
    assert not is_signed_in(browser)
    assert unknown.status_code == known.status_code
    assert "Accounts are by invitation" in unknown.content.decode()


def test_a_deactivated_person_stays_out(provider, alice):
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    browser, _ = come_back(provider)

    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another sign-in's"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"exp": 1},
        {"exp": None},
        {"sub": "somebody else"},
        {"sub": None},
    ],
    ids=lambda claims: "-".join(f"{name}={value}" for name, value in claims.items()),
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(claims, provider, alice):
    browser, answer = come_back(provider, **claims)

    assert not is_signed_in(browser)
    assert "Sign-in did not work" in answer.content.decode()


def test_an_id_token_signed_with_another_key_is_refused(provider, alice):
    provider.signing_key = new_key()
    browser, answer = come_back(provider)

    assert not is_signed_in(browser)
    assert "Sign-in did not work" in answer.content.decode()


def test_a_state_that_this_browser_did_not_begin_with_is_refused(provider, alice):
    back = requests.get(begin(Client()), allow_redirects=False, timeout=5).headers["Location"]
    victim = Client()
    answer = victim.get(back.removeprefix("http://testserver"))

    assert not is_signed_in(victim)
    assert "Sign-in did not work" in answer.content.decode()


def test_the_way_back_works_once(provider, alice):
    browser = Client()
    back = requests.get(begin(browser), allow_redirects=False, timeout=5).headers["Location"]
    path = back.removeprefix("http://testserver")
    assert browser.get(path).status_code == 302
    assert "Sign-in did not work" in browser.get(path).content.decode()


def test_nothing_in_the_address_changes_what_is_asked(provider, alice):
    there = begin(Client(), f"{BEGIN}?auth_params=redirect_uri%3Dhttps://evil.example&scope=admin")
    asked = parse_qs(urlsplit(there).query)

    assert asked["redirect_uri"] == ["http://testserver/accounts/oidc/login/callback/"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}


def test_no_token_of_the_provider_is_kept(provider, alice):
    come_back(provider)

    assert not SocialToken.objects.exists()


def test_a_second_factor_is_still_asked_for(provider, alice, code_clock):
    enrol(alice, code_clock)
    browser, answer = come_back(provider)

    assert answer.url == reverse("mfa_authenticate")
    assert not is_signed_in(browser)


def test_who_has_no_password_confirms_at_the_provider(provider, alice):
    alice.user.set_unusable_password()
    alice.user.save()
    browser, _ = come_back(provider)
    age_proofs(browser, 700)
    asked = browser.get(reverse("new_site"))
    assert urlsplit(asked.url).path == BEGIN

    answer = go(browser, asked.url)
    assert provider.requests[-1]["prompt"] == "login"
    assert answer.url == reverse("new_site")
    assert browser.get(answer.url).status_code == 200


def test_the_settings_say_what_is_missing(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_ID"):
        sign_on("https://sso.example", "SSO", development=False)
    monkeypatch.setenv("OIDC_CLIENT_ID", "x")
    monkeypatch.setenv("OIDC_CLIENT_SECRET", "y")
    with pytest.raises(ImproperlyConfigured, match="https"):
        sign_on("http://sso.example", "SSO", development=False)
    assert sign_on("", "SSO", development=False)["openid_connect"]["APPS"] == []
