"""Passkeys with Chromium's own virtual authenticator, and the security pages in both themes."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.audit.models import AuditEvent
from tests.accounts.security.conftest import code_at, code_clock, enrol, enrolled
from tests.people import PASSWORD

__all__ = ["code_clock", "enrolled"]


def add_authenticator(page: Page, *, verifies: bool = True) -> Callable[[], int]:
    """Give the browser a device that holds passkeys; returns a way to count what it holds."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return lambda: len(devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"])


@pytest.fixture
def with_passkey(page, sign_in, alice):
    """Alice's browser, in which she has just added a passkey."""
    count = add_authenticator(page)
    sign_in(page, alice)
    page.goto(reverse("security"))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert count() == 1
    return page


def sign_out(page):
    page.goto(reverse("account_logout"))
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def last_event(person):
    return AuditEvent.objects.of_account(person.account.pk).order_by("sequence").last()


def test_a_passkey_is_added_and_listed(with_passkey, alice):
    page = with_passkey
    assert page.get_by_label("Recovery codes").input_value().count("\n") == 9
    page.get_by_role("link", name="I have kept them").click()

    expect(page.get_by_text("Laptop", exact=False).first).to_be_visible()
    assert AuditEvent.objects.filter(action="factor.added").get().changes == {"factor": [None, "passkey “Laptop”"]}


def test_a_passkey_signs_in_without_the_password(with_passkey, alice):
    page = with_passkey
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r":\d+/$"))

    assert last_event(alice).action == "sign_in.succeeded"
    assert last_event(alice).changes == {"with": [None, ["passkey"]]}


def test_it_leads_to_where_the_person_wanted_to_go(with_passkey):
    page = with_passkey
    sign_out(page)
    page.goto(reverse("keys"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="API keys", level=1)).to_be_visible()
    assert "?" not in page.url


def test_a_passkey_is_the_second_factor_after_a_password(with_passkey, alice):
    page = with_passkey
    sign_out(page)
    page.get_by_label("E-mail address").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile(r":\d+/$"))

    assert last_event(alice).changes == {"with": [None, ["password", "passkey"]]}


def test_a_passkey_confirms(with_passkey, alice):
    page = with_passkey
    page.goto(f"{reverse('mfa_reauthenticate_webauthn')}?next={reverse('new_site')}")
    page.get_by_role("button", name="Confirm with a passkey").click()

    expect(page.get_by_role("heading", name="New site")).to_be_visible()
    assert page.url.endswith(reverse("new_site"))
    assert "?" not in page.url


def test_a_removed_passkey_signs_nobody_in_and_the_attempt_is_recorded(with_passkey, alice):
    page = with_passkey
    page.goto(reverse("security"))
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url(f"**{reverse('security')}")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").get_by_text("not right")).to_be_visible()
    assert (last_event(alice).action, last_event(alice).reason) == ("sign_in.refused", "Wrong passkey.")
    assert not Authenticator.objects.exists()


def test_without_a_passkey_the_page_says_so(page):
    page.goto(reverse("account_login"))
    add_authenticator(page)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").get_by_text("no passkey for this here")).to_be_visible()


def test_enrolling_an_app_works_without_scripts(new_context, sign_in, alice, code_clock):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto(reverse("security"))
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_label("Code", exact=True).fill(
        code_at(page.get_by_label("Or type this key").input_value(), code_clock.moment)
    )
    page.get_by_role("button", name="Activate").click()

    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("On", exact=True)).to_be_visible()


PAGES = [
    "security",
    "usersessions_list",
    "account_settings",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_change_password",
    "account_reauthenticate",
]


def test_every_page_is_accessible_and_fits(page, sign_in, alice, looks_right):
    sign_in(page, alice)
    for name in PAGES:
        assert page.goto(reverse(name)).status == 200, name
        looks_right(page)


PAGES_WITH_FACTORS = [
    "security",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
]


def test_every_page_about_factors_too(page, sign_in, alice, code_clock, looks_right):
    enrol(alice, code_clock)
    Authenticator.objects.filter(type="recovery_codes").delete()
    add_authenticator(page)
    sign_in(page, alice)
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url(f"**{reverse('mfa_view_recovery_codes')}")
    looks_right(page)

    passkey = Authenticator.objects.get(type="webauthn").pk
    for name in PAGES_WITH_FACTORS:
        address = reverse(name, args=[passkey] if name.startswith(("mfa_edit", "mfa_remove")) else [])
        assert page.goto(address).status == 200, name
        looks_right(page)


def test_the_pages_before_signing_in_too(page, alice, code_clock, looks_right, complaints):
    complaints.expected.append("401 (Unauthorized)")  # the answer that says that a sign-on did not work
    enrol(alice, code_clock)
    page.goto(reverse("account_login"))
    looks_right(page)
    page.get_by_label("E-mail address").fill(alice.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()

    looks_right(page)
    page.goto(reverse("socialaccount_login_cancelled"))
    looks_right(page)
    page.goto(reverse("socialaccount_login_error"))
    looks_right(page)
