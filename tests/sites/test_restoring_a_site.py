"""The list of deleted sites: whose they are, the last deleted first, and back as they were."""

from datetime import timedelta

import pytest

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import delete_site
from tests.dashboard.reading import read
from tests.people import Person

pytestmark = pytest.mark.django_db

DELETED = "/sitekeys/deleted"


def delete(person: Person, sites: list[Site], *, days_ago: int = 0) -> None:
    with clock.at(clock.now() - timedelta(days=days_ago)):
        for site in sites:
            delete_site(person.actor, site_key=site.site_key)


def test_a_restored_site_is_as_it_was_and_the_log_has_both(alice, shop):
    before = Site.objects.filter(pk=shop.pk).values().get()
    secrets = list(shop.secrets.values())
    delete(alice, [shop])

    answer = alice.browser.post(f"/sitekeys/{shop.site_key}/restore", follow=True)

    assert "“Shop” is back as it was, with the secrets it had." in read(answer).text
    assert Site.objects.filter(pk=shop.pk).values().get() == before
    assert list(shop.secrets.values()) == secrets
    events = AuditEvent.objects.filter(target_id=shop.site_key).order_by("sequence").values_list("action", flat=True)
    assert list(events)[-2:] == ["site.deleted", "site.restored"]


def test_what_can_no_longer_be_restored_is_not_listed_and_not_found(alice, make_sites):
    young, old = make_sites(alice, 2)
    delete(alice, [young], days_ago=29)
    delete(alice, [old], days_ago=30)

    text = read(alice.browser.get(DELETED)).text

    assert young.name in text
    assert old.name not in text
    assert alice.browser.post(f"/sitekeys/{old.site_key}/restore").status_code == 404


def test_many_deleted_sites_come_page_by_page_the_last_deleted_first(alice, make_sites):
    sites = make_sites(alice, 60)
    now = clock.now()
    for number, site in enumerate(sites):
        site.deleted_at = now - timedelta(minutes=number)
    Site.objects.bulk_update(sites, ["deleted_at"])
    names, address = [], DELETED
    while address:
        page = read(alice.browser.get(address))
        names += [site.name for site in sites if site.name in page.text]
        following = [link for link in page.links if "cursor=" in link]
        address = DELETED + following[-1] if len(following) > (address != DELETED) else ""

    assert names == [site.name for site in sites]


def test_a_member_sees_and_restores_only_what_they_made(alice, bob, make_sites):
    own: Site = make_sites(bob, 1)[0]
    other: Site = make_sites(alice, 1)[0]
    Site.objects.filter(pk=own.pk).update(name="Mine")
    Site.objects.filter(pk=other.pk).update(name="Hers")
    delete(alice, [own, other])

    text = read(bob.browser.get(DELETED)).text

    assert "Mine" in text
    assert "Hers" not in text
    assert bob.browser.post(f"/sitekeys/{other.site_key}/restore").status_code == 404
    assert bob.browser.post(f"/sitekeys/{own.site_key}/restore").status_code == 302
