"""A form that shows a secret takes effect once, however often it is sent; one that failed may be sent again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import Invitation, SentForm
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.sites import operations
from apps.sites.models import Site
from apps.tasks.housekeeping import purge_sent_forms
from tests.dashboard.reading import read
from tests.sites.conftest import NEW, path, secrets_in

FORM = {"name": "Shop", "allowed_origins": "https://shop.example"}


@pytest.fixture
def browser(alice) -> Client:
    client: Client = alice.browser
    client.raise_request_exception = False
    return client


@pytest.fixture
def once() -> str:
    return str(uuid4())


def test_sending_it_again_leads_on_and_says_that_nothing_was_done(browser, once):
    browser.post(NEW, FORM | {"once": once})

    again = browser.post(NEW, FORM | {"once": once}, follow=True)

    assert again.redirect_chain == [("/sitekeys/", 302)]
    assert "nothing was done a second time" in read(again).text
    assert Site.objects.count() == 1


def test_sending_it_again_leads_on_also_where_the_next_page_takes_fewer_arguments(alice, browser, once):
    browser.post("/team/invite", {"email": "x@people.example", "role": "member"})
    address = f"/team/invitations/{Invitation.objects.get().pk}/resend"
    assert browser.post(address, {"once": once}).status_code < 400

    again = browser.post(address, {"once": once}, follow=True)

    assert again.redirect_chain == [("/team/", 302)]
    assert AuditEvent.objects.filter(action="member.invited").count() == 2


def test_a_rotation_that_is_reloaded_leaves_the_shown_secret_working(browser, shop, once):
    shown = secrets_in(browser.post(path(shop, "secrets/rotate"), {"once": once}))

    browser.post(path(shop, "secrets/rotate"), {"once": once})

    assert len(shown) == 1
    assert next(iter(shown)).endswith(shop.secrets.get().last_four)
    assert AuditEvent.objects.filter(action="secret.rotated").count() == 1


def test_a_refused_form_that_is_gone_back_to_and_corrected_is_taken(browser, once):
    assert browser.post(NEW, FORM | {"once": once, "name": ""}).status_code == 422

    answer = browser.post(NEW, FORM | {"once": once})

    assert secrets_in(answer)
    assert Site.objects.count() == 1


def test_a_form_that_failed_may_be_sent_again(browser, once, monkeypatch):
    def broken(*_, **__):
        raise ValueError("boom")

    with monkeypatch.context() as patch:
        patch.setattr(operations, "create_site", broken)
        assert browser.post(NEW, FORM | {"once": once}).status_code == 500

    assert secrets_in(browser.post(NEW, FORM | {"once": once}))


def test_a_forbidden_form_is_refused_every_time_and_every_time_recorded(bob, shop, once):
    answers = [bob.browser.post(path(shop, "secrets/rotate"), {"once": once}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert AuditEvent.objects.filter(action="secret.rotated", outcome="refused").count() == 2


def test_every_form_has_a_number_of_its_own(browser):
    numbers = [read(browser.get(NEW)).fields["once"][0] for _ in range(3)]

    assert len(set(numbers)) == 3


@pytest.mark.parametrize("number", ["", "x", "0" * 31, "'; --"])
def test_a_form_without_a_number_is_taken_as_it_comes(browser, number):
    for _ in range(2):
        assert secrets_in(browser.post(NEW, FORM | {"once": number}))

    assert Site.objects.count() == 2
    assert not SentForm.objects.exists()


def test_numbers_are_forgotten_after_a_week(browser, once):
    browser.post(NEW, FORM | {"once": once})
    assert purge_sent_forms.func() == 0

    with clock.at(clock.now() + timedelta(days=8)):
        assert purge_sent_forms.func() == 1
