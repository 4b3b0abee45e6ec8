"""An account in which everybody needs a second factor."""

import pytest
from django.urls import reverse

from apps.accounts.models import Account
from apps.accounts.operations import update_account
from apps.audit.models import AuditEvent
from apps.permissions.refusals import Forbidden, Invalid
from tests.accounts.security.conftest import enrol

PAGES = ["overview", "sites", "new_site", "keys", "new_key", "log", "team", "account_settings"]


@pytest.fixture
def strict(account):
    """Alice's account, strict since before anybody had a factor."""
    account.requires_second_factor = True
    account.save()
    return account


@pytest.mark.parametrize("name", PAGES)
def test_without_a_factor_every_page_leads_to_setting_one_up(name, alice, strict):
    answer = alice.browser.get(reverse(name))

    assert (answer.status_code, answer.url) == (302, reverse("security"))


def test_pages_of_a_site_too(alice, shop, strict):
    assert alice.browser.get(reverse("site", args=[shop.site_key])).url == reverse("security")


def test_a_form_does_nothing_either(alice, strict):
    assert alice.browser.post(reverse("new_site"), {"name": "Quick"}).url == reverse("security")


def test_htmx_is_told_to_leave_the_page(alice, strict):
    answer = alice.browser.get(reverse("sites"), headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == reverse("security")


def test_the_security_page_says_why(alice, strict):
    assert "Everybody in this account needs a second factor" in alice.browser.get(reverse("security")).content.decode()


def test_with_a_factor_everything_opens(alice, strict, code_clock):
    enrolled = enrol(alice, code_clock)

    assert [enrolled.browser.get(reverse(name)).status_code for name in PAGES] == [200] * len(PAGES)


def test_another_accounts_people_are_not_concerned(strict, dave):
    assert dave.browser.get(reverse("overview")).status_code == 200


def test_the_owner_switches_it_on_and_it_is_recorded(alice, code_clock):
    enrolled = enrol(alice, code_clock)
    enrolled.browser.post(reverse("account_settings"), {"requires_second_factor": "on"})

    assert Account.objects.get(pk=alice.account.pk).requires_second_factor
    event = AuditEvent.objects.of_account(alice.account.pk).order_by("sequence").last()
    assert event is not None
    assert (event.action, event.changes) == ("account.updated", {"requires_second_factor": [False, True]})


def test_who_has_none_cannot_require_one(alice):
    answer = alice.browser.post(reverse("account_settings"), {"requires_second_factor": "on"})

    assert answer.status_code == 422
    assert "Set up your own second factor first" in answer.content.decode()
    with pytest.raises(Invalid):
        update_account(alice.actor, requires_second_factor=True)


def test_an_owner_lets_shares_wait_for_addresses_that_nobody_has_yet(alice, shop):
    sharing = {"email": "new@people.example", "level": "read"}
    people = reverse("site_people", args=[shop.site_key])
    assert alice.browser.post(people, sharing).status_code == 422

    alice.browser.post(reverse("account_settings"), {"lets_shares_wait": "on"})

    event = AuditEvent.objects.of_account(alice.account.pk).order_by("sequence").last()
    assert event is not None
    assert event.changes == {"lets_shares_wait": [False, True]}
    assert alice.browser.post(people, sharing).status_code == 302


def test_saying_the_same_again_records_nothing(alice):
    before = AuditEvent.objects.count()
    update_account(alice.actor, requires_second_factor=False)

    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("who", ["bob", "victor", "erin"])
def test_others_cannot_switch_it_and_do_not_see_it(who, request, alice):
    person = request.getfixturevalue(who)
    with pytest.raises(Forbidden):
        update_account(person.actor, requires_second_factor=True)

    assert person.browser.get(reverse("account_settings")).status_code == 403
    assert reverse("account_settings") not in person.browser.get(reverse("overview")).content.decode()


def test_the_team_page_shows_who_has_one(alice, bob, code_clock):
    enrolled = enrol(alice, code_clock)
    members = enrolled.browser.get(reverse("team")).context["members"]

    assert [(member.person, member.has_second_factor) for member in members] == [(alice.user, True), (bob.user, False)]
