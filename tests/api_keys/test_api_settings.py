"""What an owner switches for the account's API, and how long they let new keys live."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.operations import update_api_settings
from apps.api.eucaptcha.tokens import issue_token
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.catalogue import GROUPS
from apps.permissions.refusals import Forbidden, Invalid
from tests.api_keys.conftest import WHOAMI
from tests.people import Api

ALL = [group.name for group in GROUPS]
SITES = "/api/v1/sites"


def switch(person, *, on=ALL, api_is_on=True, **settings):
    """Post the form as the page sends it."""
    form = {"groups_on": on, **({"api_is_on": "on"} if api_is_on else {}), **settings}
    return person.browser.post(reverse("api_settings"), form)


def test_everything_is_on_by_default_and_the_page_says_so(alice):
    answer = alice.browser.get(reverse("api_settings"))

    form = answer.context["form"]
    assert (form["api_is_on"].value(), form["groups_on"].value()) == (True, ALL)
    assert [switch.is_on for switch in answer.context["switches"]] == [True] * len(ALL)


def test_an_api_that_is_off_refuses_every_key_at_its_next_request(alice, make_key):
    api = Api(make_key(alice))
    assert api.get(WHOAMI).status_code == 200

    switch(alice, api_is_on=False)

    for answer in (api.get(WHOAMI), api.get(SITES, accountId=alice.account.pk), api.post(SITES, {})):
        assert answer.status_code == 403
        assert "switched off for this account" in answer.json()["error"]


def test_an_api_that_is_off_refuses_sign_in_tokens_too(alice, shop):
    token = _token_of(alice)
    switch(alice, api_is_on=False)

    answer = Api(token).get("/myra-auto-app-api/captcha_sitekeys")

    assert answer.status_code == 403


def test_an_api_that_is_off_leaves_verification_with_a_secret_alone(alice, shop):
    switch(alice, api_is_on=False)

    answer = Api().post("/api/v1/verify", {"siteKey": shop.site_key, "secret": "ss_live_x", "solution": "x"})

    assert answer.status_code == 401


def test_switching_it_on_again_lets_the_same_key_in(alice, make_key):
    api = Api(make_key(alice))
    switch(alice, api_is_on=False)
    switch(alice)

    assert api.get(WHOAMI).status_code == 200


def test_a_group_that_is_off_is_refused_with_the_reason_and_the_others_go_on(alice, make_key):
    api = Api(make_key(alice))
    switch(alice, on=[name for name in ALL if name != "Sites"])

    answer = api.get(SITES, accountId=alice.account.pk)

    assert (answer.status_code, answer["X-Accepted-Permissions"]) == (403, "getSites")
    assert "Sites is switched off for this account's API" in answer.json()["error"]
    said = api.get(WHOAMI).json()["permissions"]
    assert "getSites" not in said
    assert "getTraffic" in said


def test_a_group_that_is_off_is_refused_to_sign_in_tokens_too_and_not_in_the_dashboard(alice, shop):
    token = _token_of(alice)
    switch(alice, on=[name for name in ALL if name != "Sites"])

    assert Api(token).get("/myra-auto-app-api/captcha_sitekeys").status_code == 403
    assert alice.browser.get(reverse("sites")).status_code == 200


def test_a_guests_token_is_held_to_the_switches_of_the_account_that_shares(alice, bob, shop, dave):
    token = _token_of(bob)
    switch(alice, on=[name for name in ALL if name != "Sites"])

    assert Api(token).get(f"/myra-auto-app-api/captcha_sitekeys/{shop.pk}").status_code == 403
    assert Api(_token_of(dave)).get("/myra-auto-app-api/captcha_sitekeys").status_code == 200


def test_refusals_of_what_is_off_are_in_the_log(alice, make_key):
    api = Api(make_key(alice))
    switch(alice, api_is_on=False)
    api.get(WHOAMI)

    event = AuditEvent.objects.filter(outcome="refused").get()
    assert "switched off" in event.reason
    assert event.target_label == alice.account.name


def test_an_admin_sees_the_switches_and_may_not_touch_them(grace):
    assert "Only an owner may change these settings" in grace.browser.get(reverse("api_settings")).content.decode()
    with pytest.raises(Forbidden, match="Only an owner"):
        update_api_settings(grace.actor, api_is_on=False, groups_off=[], keys_must_end=False, longest_key_days=None)
    grace.account.refresh_from_db()
    assert grace.account.api_is_on


def test_a_change_is_recorded_with_what_changed_and_the_same_settings_are_not(alice):
    switch(alice, on=ALL[1:], longest_key_days="30")
    switch(alice, on=ALL[1:], longest_key_days="30")

    event = AuditEvent.objects.get(action="account.updated")
    assert event.changes == {"groups_off": [[], [ALL[0]]], "longest_key_days": [None, 30]}


@pytest.mark.parametrize("days", ["0", "-1", "3654", "many"])
def test_a_life_that_is_no_number_of_days_changes_nothing(alice, days):
    answer = switch(alice, api_is_on=False, longest_key_days=days)

    assert answer.status_code == 422
    alice.account.refresh_from_db()
    assert alice.account.api_is_on


def test_a_group_that_does_not_exist_changes_nothing(alice):
    assert switch(alice, on=["Sights"]).status_code == 422
    with pytest.raises(Invalid, match="Sights"):
        update_api_settings(
            alice.actor, api_is_on=True, groups_off=["Sights"], keys_must_end=False, longest_key_days=None
        )


@pytest.mark.parametrize("settings", [{"keys_must_end": "on"}, {"longest_key_days": "30"}])
def test_an_account_can_forbid_keys_without_an_end(alice, settings):
    switch(alice, **settings)

    with pytest.raises(Invalid, match="allows no key without an end"):
        create_key(alice.actor, name="Eternal", permissions=["getSites"], expires_at=None)


def test_an_account_can_cap_the_life_of_new_keys(alice):
    switch(alice, longest_key_days="30")
    now = clock.now()

    with pytest.raises(Invalid, match="30 days at most"):
        create_key(alice.actor, name="Long", permissions=["getSites"], expires_at=now + timedelta(days=32))
    create_key(alice.actor, name="Just", permissions=["getSites"], expires_at=now + timedelta(days=30))


def test_keys_that_there_are_keep_their_end(alice, make_key):
    api = Api(make_key(alice))
    switch(alice, keys_must_end="on")

    assert api.get(WHOAMI).status_code == 200


def test_the_page_counts_the_keys_that_hold_something_of_a_group(alice, make_key):
    make_key(alice, "getSites", "getRules")
    make_key(alice, "getSites")

    text = " ".join(alice.browser.get(reverse("api_settings")).content.decode().split())

    assert text.count("2 working keys hold something of it.") == 1
    assert text.count("1 working key holds something of it.") == 1


def _token_of(person):
    return issue_token(person.user, is_remembered=False)
