"""Where somebody is signed in, and how long that lasts."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit import clock
from apps.audit.models import AuditEvent
from tests.accounts.security.conftest import actions, give_password, is_signed_in
from tests.people import PASSWORD


@pytest.fixture
def here(alice):
    browser, _ = give_password(alice)
    return browser


@pytest.fixture
def there(alice):
    browser, _ = give_password(alice, Client(headers={"User-Agent": "Elsewhere/1.0"}))
    return browser


def session_of(browser):
    return UserSession.objects.get(session_key=browser.session.session_key)


def test_the_list_shows_each_session_and_which_is_this_one(here, there):
    page = here.get(reverse("security")).content.decode()
    assert page.count("This one") == 1
    assert "Elsewhere/1.0" in page


def test_signing_out_another_session_holds_at_its_next_request(here, there, alice):
    here.post(reverse("end_session", args=[session_of(there).pk]))

    assert not is_signed_in(there)
    assert is_signed_in(here)
    assert actions(alice)[-1] == "session.ended"


def test_signing_out_all_others_keeps_this_one(here, there, alice):
    third, _ = give_password(alice)
    here.post(reverse("usersessions_list"))

    assert [is_signed_in(browser) for browser in (here, there, third)] == [True, False, False]
    assert actions(alice)[-2:] == ["session.ended", "session.ended"]


def test_signing_out_this_session_from_the_list_leads_to_sign_in(here):
    answer = here.post(reverse("end_session", args=[session_of(here).pk]))

    assert answer.url == reverse("account_login")
    assert not is_signed_in(here)


def test_nobody_ends_anothers_session(here, dave):
    missing = dave.browser.post(reverse("end_session", args=[10**9]))
    foreign = dave.browser.post(reverse("end_session", args=[session_of(here).pk]))

    assert missing.status_code == foreign.status_code == 404
    assert is_signed_in(here)


def test_a_session_ends_after_its_idle_hours(here, alice, settings):
    assert is_signed_in(here)
    later = clock.now() + timedelta(hours=settings.SESSION_IDLE_HOURS)
    with clock.at(later - timedelta(minutes=1)):
        assert is_signed_in(here)
    with clock.at(later + timedelta(hours=settings.SESSION_IDLE_HOURS)):
        answer = here.get(reverse("overview"), follow=True)

    assert "You were signed out after 12 hours without activity" in answer.content.decode()
    ended = AuditEvent.objects.of_account(alice.account.pk).filter(action="session.ended").get()
    assert ended.changes == {"because": [None, "after 12 hours without activity"]}
    assert not UserSession.objects.exists()


def test_a_session_in_use_ends_after_fourteen_days(here):
    begin = clock.now()
    for hours in range(0, 14 * 24, 11):
        with clock.at(begin + timedelta(hours=hours)):
            assert is_signed_in(here)
    with clock.at(begin + timedelta(days=14, seconds=1)):
        assert not is_signed_in(here)


def test_a_form_sent_with_a_session_that_is_over_does_nothing(here, alice):
    with clock.at(clock.now() + timedelta(hours=13)):
        answer = here.post(reverse("new_site"), {"name": "Late"})

    assert answer.url.startswith(reverse("account_login"))
    assert "site.created" not in actions(alice)


def test_a_request_in_quick_succession_writes_nothing(here):
    here.get(reverse("security"))
    with CaptureQueriesContext(connection) as queries:
        here.get(reverse("overview"))
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


def test_a_changed_password_ends_the_other_sessions(here, there):
    new = "another long pass phrase"
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert is_signed_in(here)
    assert not is_signed_in(there)
