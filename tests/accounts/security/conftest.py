"""Signing in as a person does, with a clock for codes that can be moved."""

import base64
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEvent
from tests.people import PASSWORD, Person


def code_at(secret: str, moment: float) -> str:
    """The six digits that an authenticator app shows (RFC 6238), worked out without the library."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class CodeClock:
    """What time it is for the library's codes."""

    def __init__(self) -> None:
        self.moment = time.time()

    def pass_on(self, seconds: float = 30) -> None:
        """Let time pass."""
        self.moment += seconds


@pytest.fixture
def code_clock(monkeypatch: pytest.MonkeyPatch) -> CodeClock:
    clock = CodeClock()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: clock.moment))
    return clock


@dataclass
class App:
    """An authenticator app on a phone."""

    secret: str
    clock: CodeClock

    def code(self) -> str:
        """What it shows now."""
        return code_at(self.secret, self.clock.moment)


@dataclass
class Enrolled:
    """Somebody who has an authenticator app, and the recovery codes as they were shown."""

    person: Person
    browser: Client
    app: App
    recovery_codes: list[str]


def enrol(person: Person, clock: CodeClock) -> Enrolled:
    browser = person.browser
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    app = App(secret, clock)
    answer = browser.post(reverse("mfa_activate_totp"), {"code": app.code()})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    codes = browser.get(answer.headers["Location"]).context["unused_codes"]
    clock.pass_on()
    return Enrolled(person, browser, app, codes)


@pytest.fixture
def enrolled(alice: Person, code_clock: CodeClock) -> Enrolled:
    """Alice, with an authenticator app."""
    return enrol(alice, code_clock)


def give_password(person: Person, browser: Client | None = None) -> tuple[Client, Any]:
    """A browser in which the person gave their right password, and the answer."""
    browser = browser or Client()
    return browser, browser.post(reverse("account_login"), {"login": person.user.email, "password": PASSWORD})


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get(reverse("overview")).status_code == 200)


def age_proofs(browser: Client, seconds: float) -> None:
    """Let what the session knows of sign-ins and confirmations be older."""
    session = browser.session
    session["signed_in_at"] = session.get("signed_in_at", time.time()) - seconds
    for proof in session.get("account_authentication_methods", []):
        proof["at"] -= seconds
    session.save()


def actions(person: Person, outcome: str = "done") -> list[str]:
    """The actions in the log of the person's account, oldest first."""
    events = AuditEvent.objects.of_account(person.account.pk).filter(outcome=outcome).order_by("sequence")
    return list(events.values_list("action", flat=True))
