"""Deactivating and reactivating: asked first, confirmed after, and visible wherever the site is."""

import pytest

from apps.audit.models import AuditEvent
from tests.dashboard.reading import read
from tests.people import settings_form
from tests.sites.conftest import LIST, path


@pytest.fixture
def stopped(alice, shop):
    alice.browser.post(path(shop, "deactivate"))
    shop.refresh_from_db()
    return shop


def test_deactivating_asks_first_and_names_the_site(alice, shop):
    answer = alice.browser.get(path(shop, "deactivate"))

    shop.refresh_from_db()
    assert "Shop" in read(answer).text
    assert shop.is_active


def test_deactivating_stops_the_site_and_says_so(alice, shop):
    answer = alice.browser.post(path(shop, "deactivate"), follow=True)

    shop.refresh_from_db()
    assert not shop.is_active
    assert "“Shop” is deactivated" in read(answer).text


def test_reactivating_starts_it_with_the_secrets_it_had(alice, stopped):
    before = list(stopped.secrets.values_list("pk", "digest"))

    answer = alice.browser.post(path(stopped, "reactivate"), follow=True)

    stopped.refresh_from_db()
    assert stopped.is_active
    assert list(stopped.secrets.values_list("pk", "digest")) == before
    assert "active again" in read(answer).text


def test_reactivating_is_done_by_a_form_and_never_by_a_link(alice, stopped):
    assert alice.browser.get(path(stopped, "reactivate")).status_code == 405

    stopped.refresh_from_db()
    assert not stopped.is_active


def test_doing_either_again_is_no_second_event(alice, stopped):
    browser = alice.browser
    browser.post(path(stopped, "deactivate"))
    for _ in range(2):
        browser.post(path(stopped, "reactivate"))

    actions = (
        AuditEvent.objects.filter(target_id=stopped.site_key).order_by("sequence").values_list("action", flat=True)
    )
    assert list(actions)[-2:] == ["site.deactivated", "site.reactivated"]


def test_an_inactive_site_says_so_in_the_list_and_on_its_page(alice, stopped):
    assert "Inactive" in read(alice.browser.get(LIST)).text
    assert "deactivated" in read(alice.browser.get(path(stopped))).text.lower()


def test_a_site_without_protection_says_so_wherever_its_state_is_told(alice, shop):
    assert "Protection off" not in read(alice.browser.get(LIST)).text
    alice.browser.post(path(shop, "settings"), settings_form(shop, protection_enabled=""))
    for address in (LIST, path(shop), "/"):
        assert "Protection off" in read(alice.browser.get(address)).text
    for address in (path(shop), path(shop, "install")):
        assert "Everybody passes unchecked, and no access rule is asked." in read(alice.browser.get(address)).text


def test_its_settings_can_still_be_changed(alice, stopped):
    alice.browser.post(path(stopped, "settings"), settings_form(stopped, name="Old shop"))

    stopped.refresh_from_db()
    assert (stopped.name, stopped.is_active) == ("Old shop", False)


@pytest.mark.parametrize("page", ["settings", "deactivate", "reactivate", "secrets/rotate"])
def test_a_reader_changes_nothing_and_the_log_has_the_attempt(bob, shop, page):
    answer = bob.browser.post(path(shop, page), {"name": "Bob's", "allowed_origins": "https://bob.example"})

    before = shop.updated_at
    shop.refresh_from_db()
    assert answer.status_code == 403
    assert (shop.name, shop.is_active, shop.updated_at) == ("Shop", True, before)
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert (event.outcome, event.actor_label, event.target_id) == ("refused", "bob@people.example", shop.site_key)


def test_a_writer_changes_settings_and_not_the_state(carol, shop):
    form = settings_form(shop, name="Carol's", allowed_origins="https://carol.example")
    assert carol.browser.post(path(shop, "settings"), form).status_code == 302
    assert carol.browser.post(path(shop, "deactivate")).status_code == 403

    shop.refresh_from_db()
    assert (shop.name, shop.is_active) == ("Carol's", True)


@pytest.mark.parametrize("page", ["", "install", "settings", "secrets", "secrets/rotate", "activity", "deactivate"])
def test_a_strangers_look_is_as_at_a_site_that_does_not_exist(dave, shop, page):
    foreign = dave.browser.get(path(shop, page))
    missing = dave.browser.get(f"/sitekeys/sk_live_{'0' * 22}/{page}")

    def without_id(answer):
        return answer.content.decode().replace(answer["X-Request-ID"], "")

    assert foreign.status_code == missing.status_code == 404
    assert without_id(foreign) == without_id(missing)
