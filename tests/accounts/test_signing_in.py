"""Signing in and out: who gets in, what the session is, where it leads, and what the log has of it."""

import os
import subprocess
import sys
from datetime import timedelta
from http.cookies import Morsel
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from tests.accounts.conftest import LOGIN, LOGOUT, is_signed_in, sign_in
from tests.dashboard.reading import read
from tests.people import PASSWORD


def cookie(client: Client) -> Morsel[Any]:
    return client.cookies[settings.SESSION_COOKIE_NAME]


def test_the_right_password_leads_to_the_overview(alice, browser):
    answer = sign_in(browser, "alice@people.example")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "Alice & Co" in read(browser.get("/")).text


@pytest.mark.parametrize("email", ["ALICE@people.example", "  alice@people.example ", "Alice@People.Example"])
def test_an_address_is_the_same_in_any_case(alice, browser, email):
    sign_in(browser, email)

    assert is_signed_in(browser)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@people.example", "wrong"),
        ("alice@people.example", PASSWORD.upper()),
        ("alice@people.example", PASSWORD + " "),
        ("nobody@people.example", PASSWORD),
        ("alice@people.example", "x" * 10_000),
    ],
)
def test_anything_else_stays_outside_and_keeps_the_address_in_the_form(alice, browser, email, password):
    answer = sign_in(browser, email, password)

    assert not is_signed_in(browser)
    assert read(answer).value("login") == email
    assert read(answer).value("password") == ""


@pytest.mark.parametrize("email", ["", "alice", "a\0b@people.example", "x" * 5000, "alice@people.example\n"])
def test_no_address_breaks_the_form(alice, browser, email):
    answer = sign_in(browser, email)

    assert answer.status_code in {200, 302, 422}
    assert answer.status_code == 302 or read(answer).errors or "Sign in" in read(answer).text


def test_an_unknown_and_a_known_address_are_answered_alike(alice, browser):
    known = read(sign_in(browser, "alice@people.example", "wrong"))
    unknown = read(sign_in(browser, "nobody@people.example", "wrong"))

    assert known.text == unknown.text
    assert "not correct" in known.text


def test_a_deactivated_person_stays_outside(alice, browser):
    alice.user.is_active = False
    alice.user.save()

    sign_in(browser, "alice@people.example")

    assert not is_signed_in(browser)


def test_deactivating_a_person_ends_their_session(alice):
    client = alice.browser
    assert is_signed_in(client)

    alice.user.is_active = False
    alice.user.save()

    assert not is_signed_in(client)


def test_who_belongs_to_no_account_is_told_so(alice, browser):
    Membership.objects.all().delete()
    sign_in(browser, "alice@people.example")

    answer = browser.get("/")

    assert answer.status_code == 403
    assert "account" in read(answer).text


def test_signing_in_and_out_is_in_the_log_with_where_from(alice, browser):
    entered = browser.post(
        LOGIN, {"login": "alice@people.example", "password": PASSWORD}, headers={"User-Agent": "Firefox"}
    )
    left = browser.post(LOGOUT)

    events = list(AuditEvent.objects.filter(action__startswith="sign_in").order_by("sequence"))
    assert [event.action for event in events] == ["sign_in.succeeded", "sign_in.ended"]
    assert [event.request_id for event in events] == [entered["X-Request-ID"], left["X-Request-ID"]]
    assert (events[0].user_agent, events[0].surface, events[0].ip) == ("Firefox", "dashboard", "127.0.0.1")


def test_a_wrong_password_is_in_the_log_of_whom_it_was_aimed_at_and_without_the_password(alice, browser):
    answer = sign_in(browser, "Alice@people.example", "a wrong password")

    event = AuditEvent.objects.get(action="sign_in.refused")
    assert (event.account_id, event.outcome, event.target_label) == (
        alice.account.pk,
        "refused",
        "alice@people.example",
    )
    assert event.request_id == answer["X-Request-ID"]
    assert "a wrong password" not in str(AuditEvent.objects.values())


def test_a_guess_at_an_unknown_address_is_in_no_log(alice, browser):
    before = AuditEvent.objects.count()

    sign_in(browser, "nobody@people.example")

    assert AuditEvent.objects.count() == before


def test_signing_out_is_done_by_a_form_and_ends_the_session(alice):
    client = alice.browser
    assert client.get(LOGOUT).status_code == 200
    assert is_signed_in(client)
    stolen = cookie(client).value

    client.post(LOGOUT)

    assert not is_signed_in(client)
    client.cookies[settings.SESSION_COOKIE_NAME] = stolen
    assert not is_signed_in(client)


def test_signing_in_gives_the_session_a_new_key(alice, browser):
    browser.get(LOGIN)
    session = browser.session
    session["before"] = 1
    session.save()
    before = session.session_key

    sign_in(browser, "alice@people.example")

    assert cookie(browser).value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(alice, browser):
    sign_in(browser, "alice@people.example")

    assert cookie(browser)["httponly"]
    assert cookie(browser)["samesite"] == "Lax"
    assert cookie(browser)["path"] == "/"
    assert cookie(browser)["domain"] == ""


def test_in_production_cookies_are_bound_to_this_host_and_to_https(tmp_path):
    strong = "Zk3vQ8mW2xL7pR5tY9nB4cH6jD1fG0sA-wEuIoPlKqM_Xa2Vb8Nc5Jd"
    code = "from config import settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE, s.CSRF_COOKIE_HTTPONLY)"  # noqa: E501
    environ = {"DEBUG": "0", "SECRET_KEY": strong, "PEPPERS": f"1:{strong}", "ALLOWED_HOSTS": "a.example"}
    environ |= {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    root = Path(settings.BASE_DIR)

    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environ, capture_output=True, text=True, check=True
    )

    assert shown.stdout.split() == ["__Host-gatehouse_session", "True", "__Host-gatehouse_csrf", "True", "True"]


def test_a_session_lasts_two_weeks_at_most():
    assert timedelta(seconds=settings.SESSION_COOKIE_AGE) == timedelta(days=14)


@pytest.mark.parametrize(
    "address", ["/sitekeys/", "/keys/new?name=x&permissions=getSites", "/log/?action=site.created"]
)
def test_a_page_that_asked_for_signing_in_is_where_it_leads(alice, browser, address):
    asked = browser.get(address)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/login/?next=")
    following = read(browser.get(asked["Location"])).fields["next"][0]

    answer = sign_in(browser, "alice@people.example", next=following)

    assert answer["Location"] == address


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        " https://evil.example",
        "https:///evil.example",
        "\thttps://evil.example",
    ],
)
def test_signing_in_never_leads_to_another_server(alice, browser, elsewhere):
    answer = sign_in(browser, "alice@people.example", next=elsewhere)

    assert answer.status_code == 302
    assert "evil.example" not in answer["Location"]
    assert "javascript" not in answer["Location"]
    assert is_signed_in(browser)


def test_htmx_is_sent_to_sign_in_by_its_own_header(db, browser):
    answer = browser.get(
        "/sitekeys/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sitekeys/?q=a"}
    )

    assert answer["HX-Redirect"] == "/accounts/login/?next=/sitekeys/%3Fq%3Da"
    assert answer.status_code == 200
    assert answer.content == b""
