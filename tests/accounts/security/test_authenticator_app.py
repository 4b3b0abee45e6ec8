"""An authenticator app as the second factor."""

import json

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from apps.audit.models import AuditEvent
from tests.accounts.security.conftest import App, actions, enrol, give_password, is_signed_in


def test_after_enrolling_the_password_alone_no_longer_signs_in(enrolled):
    browser, answer = give_password(enrolled.person)

    assert answer.url == reverse("mfa_authenticate")
    assert not is_signed_in(browser)


def test_password_and_code_sign_in_and_the_log_says_with_what(enrolled):
    browser, _ = give_password(enrolled.person)
    browser.post(reverse("mfa_authenticate"), {"code": enrolled.app.code()})

    assert is_signed_in(browser)
    event = _last(enrolled.person, "sign_in.succeeded")
    assert event.changes == {"with": [None, ["password", "authenticator app"]]}


def test_a_code_signs_in_once(enrolled):
    first, _ = give_password(enrolled.person)
    first.post(reverse("mfa_authenticate"), {"code": enrolled.app.code()})
    second, _ = give_password(enrolled.person)
    answer = second.post(reverse("mfa_authenticate"), {"code": enrolled.app.code()})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert "used already" in answer.content.decode()


def test_the_code_that_enrolled_does_not_sign_in_too(enrolled, code_clock):
    code_clock.pass_on(-30)
    browser, _ = give_password(enrolled.person)
    browser.post(reverse("mfa_authenticate"), {"code": enrolled.app.code()})

    assert not is_signed_in(browser)


def test_a_code_of_the_minute_before_is_refused(enrolled, code_clock):
    old = enrolled.app.code()
    code_clock.pass_on(60)
    browser, _ = give_password(enrolled.person)
    browser.post(reverse("mfa_authenticate"), {"code": old})

    assert not is_signed_in(browser)


def test_a_wrong_code_is_in_the_log(enrolled):
    browser, _ = give_password(enrolled.person)
    browser.post(reverse("mfa_authenticate"), {"code": "000000"})

    event = _last(enrolled.person, "sign_in.refused")
    assert (event.outcome, event.reason) == ("refused", "Wrong code.")


def test_guessing_codes_is_stopped(enrolled):
    browser, _ = give_password(enrolled.person)
    for _ in range(5):
        browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    browser.post(reverse("mfa_authenticate"), {"code": enrolled.app.code()})

    assert not is_signed_in(browser)


def test_a_wrong_code_does_not_enrol(alice, code_clock):
    browser = alice.browser
    browser.get(reverse("mfa_activate_totp"))
    answer = browser.post(reverse("mfa_activate_totp"), {"code": "000000"})

    assert "This code is not right" in answer.content.decode()
    assert "factor.added" not in actions(alice)


def test_the_seed_is_nowhere_in_clear_neither_before_enrolling_nor_after(alice, code_clock):
    browser = alice.browser
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    assert secret not in str(dict(browser.session))
    enrolled = enrol(alice, code_clock)

    rows = _rows("mfa_authenticator")
    assert enrolled.app.secret not in rows
    assert not any(code in rows for code in enrolled.recovery_codes)
    assert enrolled.app.secret not in str(dict(enrolled.browser.session))


def test_the_log_has_no_seed_and_no_code(enrolled):
    rows = _rows("audit_auditevent")

    assert enrolled.app.secret not in rows
    assert not any(code in rows for code in enrolled.recovery_codes)


@pytest.mark.django_db(transaction=True)
def test_enrolling_is_recorded_with_its_codes_and_told_by_mail(alice, code_clock):
    enrol(alice, code_clock)

    assert actions(alice)[-2:] == ["factor.added", "recovery_codes.generated"]
    assert mail.outbox[-1].subject == "Your authenticator app was set up"
    assert "second factor of your Gatehouse sign-in" in mail.outbox[-1].body


def test_removing_the_app_is_recorded_and_takes_the_recovery_codes_along(enrolled):
    enrolled.browser.post(reverse("mfa_deactivate_totp"))

    assert _rows("mfa_authenticator") == "[]"
    assert actions(enrolled.person)[-1] == "factor.removed"
    browser, _ = give_password(enrolled.person)
    assert is_signed_in(browser)


def test_recovery_codes_are_shown_once(enrolled):
    again = enrolled.browser.get(reverse("mfa_view_recovery_codes")).content.decode()

    assert len(enrolled.recovery_codes) == 10
    assert not any(code in again for code in enrolled.recovery_codes)
    assert "10 of 10 are left" in again


def test_each_recovery_code_signs_in_once(enrolled):
    code = enrolled.recovery_codes[3]
    first, _ = give_password(enrolled.person)
    first.post(reverse("mfa_authenticate"), {"code": code})
    second, _ = give_password(enrolled.person)
    second.post(reverse("mfa_authenticate"), {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert _last(enrolled.person, "recovery_code.used").changes == {"codes_left": [10, 9]}


def test_new_recovery_codes_end_the_old_ones(enrolled):
    answer = enrolled.browser.post(reverse("mfa_generate_recovery_codes"), follow=True)
    new = answer.context["unused_codes"]

    assert not set(new) & set(enrolled.recovery_codes)
    assert actions(enrolled.person)[-1] == "recovery_codes.generated"
    browser, _ = give_password(enrolled.person)
    browser.post(reverse("mfa_authenticate"), {"code": enrolled.recovery_codes[0]})
    assert not is_signed_in(browser)


def test_if_the_log_cannot_be_written_no_factor_is_added(alice, code_clock, monkeypatch):
    browser = alice.browser
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    browser.raise_request_exception = False
    monkeypatch.setattr("apps.accounts.sign_ins.record", _broken)
    answer = browser.post(reverse("mfa_activate_totp"), {"code": App(secret, code_clock).code()})

    assert answer.status_code == 500
    assert _rows("mfa_authenticator") == "[]"


def _broken(*_args, **_kwargs):
    raise RuntimeError("the log is away")


def _last(person, action):
    return AuditEvent.objects.of_account(person.account.pk).filter(action=action).order_by("sequence").last()


def _rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return json.dumps(cursor.fetchall(), default=str)
