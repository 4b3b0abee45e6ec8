"""Resetting a password, verifying an address, closed sign-up: links are good once, and nobody learns who is here."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client, override_settings

from apps.accounts.models import Membership, User
from apps.audit.models import AuditEvent
from tests.accounts.conftest import RESET, SIGNUP, is_signed_in, sign_in
from tests.dashboard.reading import read

NEW_PASSWORD = "another long pass phrase"
LINK = re.compile(r"http://testserver(/accounts/[^\s\"<>]+)")


def link_in(message) -> str:
    match = LINK.search(message.body)
    assert match, message.body
    return match[1]


def follow_reset(client: Client, link: str, password: str = NEW_PASSWORD):
    form = client.get(link, follow=True)
    if not form.redirect_chain:
        return form
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password}, follow=True)


def test_a_reset_is_mailed_and_the_new_password_holds(alice, browser, outbox):
    browser.post(RESET, {"email": "alice@people.example"})

    (message,) = outbox
    assert message.to == ["alice@people.example"]
    assert "password" in message.subject.lower()
    follow_reset(browser, link_in(message))

    sign_in(other := Client(), "alice@people.example", NEW_PASSWORD)
    assert is_signed_in(other)
    assert not sign_in(Client(), "alice@people.example").has_header("Location")


def test_a_reset_is_in_the_log(alice, browser, outbox):
    browser.post(RESET, {"email": "alice@people.example"})
    follow_reset(browser, link_in(outbox[0]))

    assert AuditEvent.objects.filter(action="password.reset", target_label="alice@people.example").count() == 1


def test_a_reset_link_is_good_once(alice, browser, outbox):
    browser.post(RESET, {"email": "alice@people.example"})
    link = link_in(outbox[0])
    follow_reset(browser, link)

    again = follow_reset(Client(), link, "yet another pass phrase")

    sign_in(other := Client(), "alice@people.example", "yet another pass phrase")
    assert not is_signed_in(other)
    assert again.status_code == 200


def test_a_reset_ends_the_sessions_that_were_open(alice, browser, outbox):
    stolen = alice.browser
    assert is_signed_in(stolen)
    browser.post(RESET, {"email": "alice@people.example"})

    follow_reset(browser, link_in(outbox[0]))

    assert not is_signed_in(stolen)


@pytest.mark.parametrize("password", ["short", "alice@people.example", "qwertyuiop123"])
def test_a_weak_new_password_is_refused_with_the_reason(alice, browser, outbox, password):
    browser.post(RESET, {"email": "alice@people.example"})

    answer = follow_reset(browser, link_in(outbox[0]), password)

    assert read(answer).errors
    assert not sign_in(Client(), "alice@people.example", password).has_header("Location")


def test_an_unknown_address_is_answered_as_a_known_one(alice, browser):
    known = browser.post(RESET, {"email": "alice@people.example"}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@people.example"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert read(known).text == read(unknown).text


def test_the_mail_to_an_unknown_address_holds_no_link_to_reset(browser, outbox, db):
    browser.post(RESET, {"email": "nobody@people.example"})

    assert all("/password/reset/key/" not in message.body for message in outbox)


@pytest.mark.parametrize("header", ["evil.example", "testserver.evil.example"])
def test_a_foreign_host_is_in_no_mail(alice, browser, outbox, header):
    answer = browser.post(RESET, {"email": "alice@people.example"}, headers={"Host": header})

    assert answer.status_code == 400
    assert not outbox


def test_mails_are_the_products_own_with_its_name_and_both_forms(alice, browser, outbox):
    browser.post(RESET, {"email": "alice@people.example"})

    (message,) = outbox
    assert "Gatehouse" in message.body
    assert "example.com" not in message.body
    assert message.from_email == "Gatehouse <gatehouse@localhost>"


def test_strangers_cannot_make_themselves_an_account(db, browser, outbox):
    form = {"email": "mallory@people.example", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}

    shown, sent = browser.get(SIGNUP), browser.post(SIGNUP, form)

    for answer in (shown, sent):
        assert "password1" not in read(answer).fields
    assert not User.objects.exists()
    assert not outbox
    assert SIGNUP not in read(browser.get("/accounts/login/")).links


@override_settings(SIGNUP_IS_OPEN=True)
def test_where_it_is_opened_an_address_is_verified_before_anything_else(db, browser, outbox):
    form = {"email": "New@people.example", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    browser.post(SIGNUP, form)
    assert not is_signed_in(browser)
    assert not EmailAddress.objects.get().verified
    assert User.objects.get().email == "new@people.example"

    link = link_in(outbox[0])
    browser.get(link)
    assert not EmailAddress.objects.get().verified, "A mail scanner that follows the link verifies nothing."
    browser.post(link)

    assert EmailAddress.objects.get().verified
    assert not Membership.objects.exists()


@override_settings(SIGNUP_IS_OPEN=True)
def test_signing_up_with_a_taken_address_looks_like_signing_up(alice, outbox):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}

    taken = Client().post(SIGNUP, form | {"email": "alice@people.example"}, follow=True)
    free = Client().post(SIGNUP, form | {"email": "free@people.example"}, follow=True)

    def text(answer):
        return read(answer).text.replace("alice@people.example", "A").replace("free@people.example", "A")

    assert taken.redirect_chain == free.redirect_chain
    assert text(taken) == text(free)
    assert User.objects.count() == 2


def test_changing_the_password_needs_the_old_one_and_is_in_the_log(alice):
    client = alice.browser
    page = client.get("/accounts/password/change/", follow=True)
    assert page.status_code == 200

    form = {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post("/accounts/password/change/", form)

    alice.user.refresh_from_db()
    assert not alice.user.check_password(NEW_PASSWORD)
    assert not AuditEvent.objects.filter(action="password.changed").exists()
