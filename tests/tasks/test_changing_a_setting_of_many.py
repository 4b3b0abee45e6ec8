"""One setting of several sites: the differences first, then a task for those that change."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.sites.models import Growth, Site
from apps.sites.operations import create_site, update_site
from apps.sites.organizations import create_organization
from apps.tasks import bulk_change
from apps.tasks.bulk_columns import SETTINGS
from apps.tasks.models import Task
from tests.dashboard.reading import read
from tests.people import Person
from tests.sites.conftest import make_sites as make_sites
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


def all_fields(setting: str = "growth", value: str = "fast", **asked: str) -> dict[str, str]:
    return {"all": "yes", "setting": setting, "value": value, **asked}


def agreed(person: Person, **asked: str) -> dict[str, str]:
    """What the preview's button sends."""
    found = read(person.browser.get(CHANGE, all_fields(**asked))).fields
    return {name: found[name][-1] for name in ("all", "setting", "value", "agreed", *asked)}


def test_the_list_offers_all_that_match_and_what_it_offers_is_that(alice: Person, make_sites) -> None:
    make_sites(alice, 130)
    make_sites(alice, 3, is_active=False)
    page = read(alice.browser.get("/sitekeys/?state=active&q=Site"))

    assert "Choose all 130 that match" in page.text
    (address,) = [link for link in page.links if link.startswith(CHANGE)]
    text = read(alice.browser.get(address)).text
    assert "Change 130 sites" in text
    assert "all that match the filter" in text
    assert "Choose all" not in read(alice.browser.get("/sitekeys/?state=inactive")).text


def test_all_that_match_are_changed_in_one_task(alice: Person, make_sites, shop: Site) -> None:
    make_sites(alice, 12)
    make_sites(alice, 5, growth="fast")

    page = read(alice.browser.get(CHANGE, all_fields(q="Site")))
    assert "12 of 17 would change" in page.text
    assert "Have it already 5 sites" in " ".join(page.text.split())
    answer = alice.browser.post(CHANGE, agreed(alice, q="Site"))

    assert answer.status_code == 302
    task = Task.objects.get()
    assert (task.title, task.total) == ("Set growth to Fast on 12 sites", 12)
    assert work(task).done_count == 12
    assert Site.objects.filter(growth="fast").count() == 17
    shop.refresh_from_db()
    assert shop.growth == Growth.MEDIUM


def test_the_preview_of_many_is_paged_and_sums_up(alice: Person, make_sites) -> None:
    make_sites(alice, 150)
    make_sites(alice, 30, growth="slow")

    first = read(alice.browser.get(CHANGE, all_fields()))
    (more,) = [link for link in first.links if "page=2" in link]
    second = read(alice.browser.get(more))

    for page in (first, second):
        assert "Medium Fast 150 sites" in " ".join(page.text.split())
        assert "Slow Fast 30 sites" in " ".join(page.text.split())
    assert len([link for link in (*first.links, *second.links) if link.startswith("/sitekeys/sk_")]) == 180


@pytest.mark.parametrize("happened", ["a site came", "a site went", "another changed it", "nothing was agreed to"])
def test_what_was_not_agreed_to_is_not_done(alice: Person, make_sites, happened: str) -> None:
    sites = make_sites(alice, 3)
    sent = agreed(alice)
    if happened == "a site came":
        create_site(alice.actor, name="New", allowed_origins=["https://new.example"])
    elif happened == "a site went":
        Site.objects.filter(name=sites[0].name).delete()
    elif happened == "another changed it":
        Site.objects.filter(name=sites[0].name).update(growth="slow")
    else:
        del sent["agreed"]

    answer = alice.browser.post(CHANGE, sent)

    assert answer.status_code == 409
    assert "not those that were agreed to" in read(answer).text
    assert not Task.objects.exists()
    assert alice.browser.post(CHANGE, agreed(alice)).status_code == 302


def test_more_than_a_task_changes_are_told_how_to_go_on(alice: Person, make_sites, monkeypatch) -> None:
    monkeypatch.setattr(bulk_change, "MOST_ITEMS", 2)
    make_sites(alice, 3)
    for answer in (
        alice.browser.get(CHANGE, all_fields(q="Site"), follow=True),
        alice.browser.post(CHANGE, all_fields(q="Site"), follow=True),
    ):
        assert answer.redirect_chain == [("/sitekeys/?q=Site", 302)]
        assert "3 sites match, and one task changes at most 2" in read(answer).text
    assert not Task.objects.exists()


def test_all_of_an_organization_are_those_in_it(alice: Person, make_sites) -> None:
    north = create_organization(alice.actor, name="North")
    make_sites(alice, 30, organization=north)
    make_sites(alice, 2)

    page = read(alice.browser.get(f"/organizations/{north.pk}/"))
    (address,) = [link for link in page.links if link.startswith(CHANGE)]

    assert "Change 30 sites" in read(alice.browser.get(address)).text


def test_all_are_those_that_the_reader_sees_and_what_they_may_only_read_is_left_out(bob: Person, shop: Site) -> None:
    create_site(bob.actor, name="Bobs", allowed_origins=["https://bob.example"])
    text = " ".join(read(bob.browser.get(CHANGE, all_fields())).text.split())
    assert "1 of 2 would change" in text
    assert "You may only read 1 site; left out" in text

    bob.browser.post(CHANGE, agreed(bob))

    assert Task.objects.get().items.get().input["site_key"] == Site.objects.get(name="Bobs").site_key


def test_all_of_somebody_who_sees_none_is_nothing(dave: Person, shop: Site) -> None:
    assert dave.browser.get(CHANGE, all_fields()).status_code == 302
    assert dave.browser.post(CHANGE, all_fields()).status_code in (302, 409)
    assert not Task.objects.exists()


def test_a_reader_of_all_that_match_is_refused(bob: Person, shop: Site) -> None:
    assert bob.browser.post(CHANGE, all_fields()).status_code == 403
    assert AuditEvent.objects.get(action="site.updated").outcome == "refused"


def test_a_search_for_what_no_name_can_hold_is_no_fault_of_the_server(alice: Person, shop: Site) -> None:
    assert alice.browser.post(CHANGE, all_fields(q="a\0b")).status_code == 409
