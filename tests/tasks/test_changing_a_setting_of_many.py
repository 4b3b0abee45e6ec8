"""One setting of several sites: the differences first, then a task for those that change."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.sites.models import Growth, Site
from apps.sites.operations import create_site, update_site
from apps.tasks.bulk_columns import SETTINGS
from apps.tasks.models import Task
from tests.dashboard.reading import read
from tests.people import Person
from tests.tasks.bulk import CHANGE
from tests.tasks.conftest import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(alice: Person) -> Site:
    """Another site of Alice's, which is fast already."""
    made = create_site(alice.actor, name="Cafe", allowed_origins=["https://cafe.example"]).site
    return update_site(alice.actor, site_key=made.site_key, growth="fast")


def fields(*sites: Site, setting: str = "growth", value: str = "fast") -> dict[str, Any]:
    return {"sites": [site.site_key for site in sites], "setting": setting, "value": value}


def test_the_preview_shows_what_changes_and_what_stays_and_changes_nothing(alice, shop, cafe) -> None:
    text = read(alice.browser.get(CHANGE, fields(shop, cafe))).text

    assert "Medium Fast" in " ".join(text.split())
    assert "Stays Fast" in text
    assert "Change 1 site" in text
    assert not Task.objects.exists()


def test_the_task_changes_those_that_differ_and_no_others(alice, shop, cafe) -> None:
    answer = alice.browser.post(CHANGE, fields(shop, cafe))

    assert answer.status_code == 302
    task = Task.objects.get()
    assert task.title == "Set growth to Fast on 1 site"
    assert work(task).done_count == 1
    shop.refresh_from_db()
    assert shop.growth == Growth.FAST
    assert AuditEvent.objects.filter(action="site.updated", target_label="Shop").count() == 1


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_be_changed(alice: Person, shop: Site, setting) -> None:
    now = getattr(shop, setting.name)
    wanted = next((value for value, _ in setting.choices if setting.value_of(value) != now), "5")

    assert alice.browser.post(CHANGE, fields(shop, setting=setting.name, value=wanted)).status_code == 302

    work(Task.objects.get())
    shop.refresh_from_db()
    assert getattr(shop, setting.name) == setting.value_of(wanted) != now


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("level", "256", "1 to 255"),
        ("level", "much", "whole number"),
        ("growth", "quick", "constant, slow, medium, fast"),
        ("allow_localhost", "perhaps", "yes or no"),
        ("validity_seconds", "301", "one of"),
    ],
)
def test_a_value_out_of_range_is_told_and_starts_nothing(alice, shop, setting, value, told) -> None:
    for answer in (
        alice.browser.get(CHANGE, fields(shop, setting=setting, value=value)),
        alice.browser.post(CHANGE, fields(shop, setting=setting, value=value)),
    ):
        assert answer.status_code == 422
        assert told in read(answer).text
    assert not Task.objects.exists()


def test_what_one_may_only_read_is_told_and_left_out(alice, bob, shop) -> None:
    own = create_site(bob.actor, name="Bobs", allowed_origins=["https://bob.example"]).site

    text = read(bob.browser.get(CHANGE, fields(shop, own))).text
    assert "You may only read this site" in text
    assert "Change 1 site" in text

    bob.browser.post(CHANGE, fields(shop, own))
    assert [item.input["site_key"] for item in Task.objects.get().items.all()] == [own.site_key]


def test_a_reader_of_all_of_them_is_refused_and_recorded(bob: Person, shop: Site) -> None:
    assert bob.browser.post(CHANGE, fields(shop)).status_code == 403

    event = AuditEvent.objects.get(action="site.updated")
    assert (event.outcome, event.target_label, event.actor_label) == ("refused", "Shop", bob.user.email)
    assert not Task.objects.exists()


def test_a_viewer_is_offered_nothing_and_refused(victor: Person, shop: Site) -> None:
    assert "sites" not in read(victor.browser.get("/sitekeys/")).fields
    assert victor.browser.get(CHANGE, fields(shop)).status_code == 403
    assert victor.browser.post(CHANGE, fields(shop)).status_code == 403


def test_a_stranger_cannot_name_the_sites_of_others(dave: Person, shop: Site) -> None:
    assert dave.browser.get(CHANGE, fields(shop)).status_code == 302
    assert dave.browser.post(CHANGE, fields(shop)).status_code == 404


def test_without_a_site_the_page_leads_back_to_the_list(alice: Person) -> None:
    answer = alice.browser.get(CHANGE, follow=True)
    assert answer.redirect_chain == [("/sitekeys/", 302)]
    assert "Choose the sites first" in read(answer).text


def test_sites_that_have_the_value_already_start_nothing(alice: Person, cafe: Site) -> None:
    answer = alice.browser.post(CHANGE, fields(cafe), follow=True)
    assert "Nothing was changed" in read(answer).text
    assert not Task.objects.exists()
