"""A deleted site can be restored for 30 days; then it goes for good, with all that is its own, and its events stay."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.models import Organization
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.permissions.actor import system
from apps.permissions.models import ReachedSite, Share, ShareLevel, WaitingShare
from apps.permissions.refusals import NotFound
from apps.sites import purging
from apps.sites.models import Site, SiteRequest, SiteSecret
from apps.sites.operations import create_site, delete_site, restore_site
from apps.sites.sharing import share_site
from apps.tasks import housekeeping
from apps.tasks.schedule import SCHEDULE
from tests.people import SOURCE, Api, Person

pytestmark = pytest.mark.django_db

MONTH = timedelta(days=30)
MOMENT = timedelta(seconds=1)


def deleted_site(person: Person, name: str = "Gone", *, ago: timedelta = MONTH) -> Site:
    site = create_site(person.actor, name=name, allowed_origins=["https://gone.example"]).site
    with clock.at(clock.now() - ago):
        delete_site(person.actor, site_key=site.site_key)
    return site


def deleted_organization(person: Person, name: str = "Left", *, ago: timedelta = MONTH) -> Organization:
    return Organization.objects.create(account=person.account, name=name, deleted_at=clock.now() - ago)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("purge_deleted", *arguments, stdout=out)
    return out.getvalue()


def test_a_site_goes_when_it_can_no_longer_be_restored_and_not_a_moment_earlier(alice, shop):
    now = clock.now()
    with clock.at(now):
        delete_site(alice.actor, site_key=shop.site_key)
    with clock.at(now + MONTH - MOMENT):
        assert housekeeping.purge_deleted.call() == 0
        restore_site(alice.actor, site_key=shop.site_key)
        delete_site(alice.actor, site_key=shop.site_key)
    with clock.at(now + MONTH):
        assert housekeeping.purge_deleted.call() == 0, "Restoring and deleting again begins anew."
    with clock.at(now + MONTH - MOMENT + MONTH):
        with pytest.raises(NotFound):
            restore_site(alice.actor, site_key=shop.site_key)
        assert housekeeping.purge_deleted.call() == 1
    assert not Site.objects.exists()


def test_living_and_deactivated_sites_stay(alice, shop):
    create_site(alice.actor, name="Stopped", allowed_origins=["https://old.example"])
    Site.objects.update(is_active=False)
    deleted_site(alice)

    assert housekeeping.purge_deleted.call() == 1
    assert set(Site.objects.values_list("name", flat=True)) == {"Shop", "Stopped"}


def test_all_that_is_the_sites_own_goes_along_and_nothing_of_others(alice, bob, shop, make_key):
    headers = {"Idempotency-Key": "k"}
    body = {"name": "Gone", "allowedOrigins": ["https://gone.example"], "accountId": str(alice.account.pk)}
    made = Api(make_key(alice)).post("/api/v1/sites", body, headers=headers).json()
    gone = Site.objects.get(name="Gone")
    alice.account.lets_shares_wait = True
    alice.account.save()
    for email in (bob.user.email, "later@x.example"):
        share_site(alice.actor, site_key=made["siteKey"], email=email, level=ShareLevel.READ)
    with_one = create_key(
        alice.actor, name="One", permissions=["getSite"], expires_at=None, site_keys=[made["siteKey"]]
    ).key
    Site.objects.filter(pk=gone.pk).update(deleted_at=clock.now() - MONTH)

    assert housekeeping.purge_deleted.call() == 1

    for model in (SiteSecret, Share, WaitingShare, ReachedSite, SiteRequest):
        assert not model._default_manager.filter(site_id=gone.pk).exists()
    assert shop.secrets.count() == 1
    assert shop.shares.count() == 1
    key = ApiKey.objects.get(pk=with_one.pk)
    assert not key.reaches_all_sites, "A key whose last site is gone reaches nothing, not everything."
    assert not ReachedSite.objects.of_key(key.pk).exists()


def test_the_log_keeps_every_event_of_the_site_and_says_that_it_went(alice):
    site = deleted_site(alice)
    events = AuditEvent.objects.filter(target_id=site.site_key)
    before = list(events.order_by("sequence").values())

    housekeeping.purge_deleted.call()

    *kept, last = events.order_by("sequence").values()
    assert kept == before
    assert (last["action"], last["surface"], last["actor_label"]) == ("site.purged", "worker", "Gatehouse")
    assert last["target_label"] == "Gone"
    assert verify_chain(alice.account.pk).is_intact


def test_an_organization_goes_once_no_site_is_left_in_it(alice):
    empty = deleted_organization(alice, "Empty")
    full = deleted_organization(alice, "Full")
    young = deleted_organization(alice, "Young", ago=MONTH - timedelta(hours=1))
    Organization.objects.create(account=alice.account, name="Living")
    old = deleted_site(alice, "Old")
    later = deleted_site(alice, "Later", ago=MONTH - timedelta(hours=1))
    Site.objects.filter(pk__in=[old.pk, later.pk]).update(organization=full)

    assert housekeeping.purge_deleted.call() == 2

    assert not Organization.objects.filter(pk=empty.pk).exists()
    later.refresh_from_db()
    assert later.organization == full, "Whoever restores the site finds it where it was."
    event = AuditEvent.objects.get(action="organization.purged")
    assert (event.target_kind, event.target_label) == ("organization", "Empty")
    with clock.at(clock.now() + timedelta(hours=1)):
        assert housekeeping.purge_deleted.call() == 3
    assert set(Organization.objects.values_list("name", flat=True)) == {"Living"}
    assert not Organization.objects.filter(pk=young.pk).exists()


def test_an_organization_with_a_living_site_stays(alice, shop):
    shop.organization = deleted_organization(alice)
    shop.save()

    assert housekeeping.purge_deleted.call() == 0
    shop.refresh_from_db()
    assert shop.organization is not None


def test_more_than_a_batch_of_several_accounts_goes_in_one_run(alice, dave, monkeypatch: Any):
    monkeypatch.setattr(purging, "BATCH", 2)
    for person in (alice, dave, alice, dave, alice):
        deleted_site(person)

    assert housekeeping.purge_deleted.call() == 5
    assert AuditEvent.objects.filter(account_id=alice.account.pk, action="site.purged").count() == 3
    assert AuditEvent.objects.filter(account_id=dave.account.pk, action="site.purged").count() == 2
    assert housekeeping.purge_deleted.call() == 0


def test_a_site_restored_meanwhile_is_not_purged(alice):
    """Between being found and being locked, a row may change: what counts is what it is once it is locked."""
    site = deleted_site(alice, ago=MONTH - MOMENT)
    assert purging.purge_site(system(SOURCE, alice.account.pk), site_id=site.pk) is None
    assert Site.objects.filter(pk=site.pk).exists()


def test_the_command_names_what_would_go_and_lets_it_stay(alice, shop):
    site, organization = deleted_site(alice), deleted_organization(alice)
    Site.objects.filter(pk=site.pk).update(organization=organization)

    said = run("--dry-run")

    assert f"site {site.site_key} “Gone”, deleted " in said
    assert "organization “Left”, deleted " in said
    assert str(alice.account.pk) in said
    assert "1 site and 1 organization would go: deleted 30 days ago or longer." in said
    assert Site.objects.filter(pk=site.pk).exists()
    assert not AuditEvent.objects.filter(action__endswith=".purged").exists()


def test_the_command_names_what_went(alice, shop):
    site = deleted_site(alice)

    said = run()

    assert f"site {site.site_key} “Gone”" in said
    assert "1 site and 0 organizations went" in said
    assert AuditEvent.objects.get(action="site.purged").surface == "command line"
    assert "0 sites and 0 organizations went" in run()
    assert list(Site.objects.all()) == [shop]


def test_it_runs_every_day():
    entry = next(one for one in SCHEDULE if one.task is housekeeping.purge_deleted)
    assert entry.every <= timedelta(days=1)
