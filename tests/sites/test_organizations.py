"""Organizations: what they may be called, what they take along, what comes back, and who moves sites between them."""

from datetime import timedelta

import pytest

from apps.accounts.models import Account, Organization
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.permissions.models import ShareLevel
from apps.permissions.refusals import Forbidden, Invalid, NotFound
from apps.sites.access import NoSuchOrganization, NoSuchSite
from apps.sites.models import Site
from apps.sites.operations import (
    SiteLimitReached,
    create_site,
    create_site_without_secret,
    delete_site,
    restore_site,
)
from apps.sites.organizations import (
    OrganizationLimitReached,
    OrganizationNameTaken,
    create_organization,
    delete_organization,
    list_organizations,
    move_sites,
    rename_organization,
    restore_organization,
)
from apps.sites.settings import NameTaken, Naming
from apps.sites.sharing import share_site

ORIGINS = ["https://x.example"]


@pytest.fixture
def web(alice):
    return create_organization(alice.actor, name="Web")


def site_in(person, organization, name="In it"):
    return create_site(
        person.actor, name=name, allowed_origins=ORIGINS, organization_id=organization.pk if organization else None
    ).site


def names(sites):
    return sorted(sites.values_list("name", flat=True))


@pytest.mark.parametrize(
    "name", ["A", "Ærø & Sønner", "Läden (EU) [1]: A_b.c-d 'x'", "देवनागरी", "x" * 255, "é" * 127, "  trimmed  "]
)
def test_a_name_of_letters_digits_and_a_few_signs_is_kept_trimmed(alice, name):
    assert create_organization(alice.actor, name=name).name == name.strip()


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 256, "é" * 128, "a/b", "a\tb", "a\nb", "<b>", "a+b", "a\u200bb", "a\u202eb", "😀", "a\0"]
)
def test_any_other_name_is_refused_with_what_would_be_right(alice, name):
    with pytest.raises(Invalid) as refusal:
        create_organization(alice.actor, name=name)
    assert "name" in refusal.value.errors
    assert not Organization.objects.exists()


def test_a_name_is_unique_in_its_account_among_the_living(alice, dave, web):
    with pytest.raises(OrganizationNameTaken):
        create_organization(alice.actor, name=" Web ")
    create_organization(dave.actor, name="Web")
    delete_organization(alice.actor, organization_id=web.pk)
    again = create_organization(alice.actor, name="Web")
    other = create_organization(alice.actor, name="Other")
    with pytest.raises(OrganizationNameTaken):
        rename_organization(alice.actor, organization_id=other.pk, name="Web")
    assert rename_organization(alice.actor, organization_id=again.pk, name="Web").name == "Web"


def test_a_letter_typed_in_two_ways_is_one_name(alice):
    create_organization(alice.actor, name="Café")
    with pytest.raises(OrganizationNameTaken):
        create_organization(alice.actor, name="Cafe\u0301")


def test_renaming_to_the_same_name_records_nothing(alice, web):
    events = AuditEvent.objects.count()
    rename_organization(alice.actor, organization_id=web.pk, name="Web")
    assert AuditEvent.objects.count() == events


def test_deleting_takes_the_living_sites_along_and_restoring_brings_exactly_these_back(alice, web, shop):
    now = clock.now()
    with clock.at(now):
        kept, gone_before = site_in(alice, web, "Kept"), site_in(alice, web, "Gone before")
        delete_site(alice.actor, site_key=gone_before.site_key)
    with clock.at(now + timedelta(days=1)):
        deleted = delete_organization(alice.actor, organization_id=web.pk)
    kept.refresh_from_db()
    assert (deleted.deleted_at, kept.deleted_at) == (now + timedelta(days=1),) * 2
    assert names(Site.objects.visible_to(alice.actor)) == ["Shop"]
    assert not list_organizations(alice.actor).exists()

    with clock.at(now + timedelta(days=2)):
        restore_organization(alice.actor, organization_id=web.pk)
    assert names(Site.objects.visible_to(alice.actor)) == ["Kept", "Shop"]
    assert verify_chain(alice.account.pk).is_intact


def test_every_site_that_goes_along_or_comes_back_has_its_event(alice, web):
    sites = {site_in(alice, web, name).site_key for name in "ABC"}
    delete_organization(alice.actor, organization_id=web.pk)
    restore_organization(alice.actor, organization_id=web.pk)
    for action in ("site.deleted", "site.restored"):
        assert set(AuditEvent.objects.filter(action=action).values_list("target_id", flat=True)) == sites
    assert AuditEvent.objects.get(action="organization.deleted").changes["sites"] == [3, 0]
    assert AuditEvent.objects.get(action="organization.restored").changes["sites"] == [0, 3]


def test_after_thirty_days_an_organization_is_lost(alice, web):
    delete_organization(alice.actor, organization_id=web.pk)
    with clock.at(clock.now() + timedelta(days=30, seconds=1)), pytest.raises(NoSuchOrganization):
        restore_organization(alice.actor, organization_id=web.pk)


def test_restoring_offers_another_name_where_its_own_was_taken(alice, web):
    site_in(alice, web)
    delete_organization(alice.actor, organization_id=web.pk)
    create_organization(alice.actor, name="Web")
    with pytest.raises(OrganizationNameTaken, match="Choose another name"):
        restore_organization(alice.actor, organization_id=web.pk)
    assert restore_organization(alice.actor, organization_id=web.pk, name="Web (back)").name == "Web (back)"
    assert names(Site.objects.visible_to(alice.actor)) == ["In it"]


def test_a_site_restored_alone_comes_back_into_no_organization_and_does_not_come_back_twice(alice, web):
    alone, with_it = site_in(alice, web, "Alone"), site_in(alice, web, "With it")
    delete_organization(alice.actor, organization_id=web.pk)
    assert restore_site(alice.actor, site_key=alone.site_key).organization is None
    restore_organization(alice.actor, organization_id=web.pk)
    with_it.refresh_from_db()
    alone.refresh_from_db()
    assert (alone.organization_id, with_it.organization_id) == (None, web.pk)
    assert AuditEvent.objects.filter(action="site.restored", target_id=alone.site_key).count() == 1


def test_a_new_site_goes_into_no_deleted_foreign_or_missing_organization(alice, dave, web):
    foreign = create_organization(dave.actor, name="Dave's")
    delete_organization(alice.actor, organization_id=web.pk)
    for number in (web.pk, foreign.pk, 10**15):
        for create in (create_site, create_site_without_secret):
            with pytest.raises(NoSuchOrganization):
                create(alice.actor, name="New", allowed_origins=ORIGINS, organization_id=number)
    assert not Site.objects.exists()


def test_a_site_made_without_a_secret_has_none(alice, web):
    made = create_site_without_secret(alice.actor, name="New", allowed_origins=ORIGINS, organization_id=web.pk, level=7)
    assert (made.organization_id, made.level, made.secrets.count()) == (web.pk, 7, 0)


def test_moving_is_all_or_nothing(alice, web, shop):
    other = site_in(alice, web, "Other")
    with pytest.raises(NoSuchSite):
        move_sites(alice.actor, site_keys=[shop.site_key, "sk_live_0000000000000000000001"], organization_id=web.pk)
    shop.refresh_from_db()
    assert shop.organization_id is None
    assert move_sites(alice.actor, site_keys=[shop.site_key, other.site_key], organization_id=web.pk) == 1
    assert AuditEvent.objects.get(action="site.moved").changes == {"organization": [None, "Web"]}
    assert move_sites(alice.actor, site_keys=[shop.site_key, other.site_key], organization_id=None) == 2


@pytest.mark.parametrize("site_keys", [[], ["sk_live_0000000000000000000001"] * 501, ["nonsense"]])
def test_moving_none_too_many_or_nonsense_is_refused(alice, web, site_keys):
    with pytest.raises((NotFound, Invalid)):
        move_sites(alice.actor, site_keys=site_keys, organization_id=web.pk)


def test_moving_keeps_names_unique_where_that_is_asked_for(alice, web, shop):
    site_in(alice, web, "Shop")
    with pytest.raises(NameTaken):
        move_sites(
            alice.actor,
            site_keys=[shop.site_key],
            organization_id=web.pk,
            naming=Naming.UNIQUE_IN_ORGANIZATION,
        )
    assert move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk) == 1


def test_a_member_moves_their_own_sites_and_no_shared_one(alice, bob, carol, shop, web):
    own = site_in(bob, None, "Bob's")
    assert move_sites(bob.actor, site_keys=[own.site_key], organization_id=web.pk) == 1
    for person in (bob, carol):  # one may read the site, one may write it
        with pytest.raises(Forbidden, match="needs its owner"):
            move_sites(person.actor, site_keys=[shop.site_key], organization_id=web.pk)


def test_a_guest_and_a_stranger_move_nothing(alice, dave, shop, web):
    share_site(alice.actor, site_key=shop.site_key, email=dave.user.email, level=ShareLevel.WRITE)
    own = create_organization(dave.actor, name="Dave's")
    with pytest.raises(NotFound):
        move_sites(dave.actor, site_keys=[shop.site_key], organization_id=own.pk)


def test_the_limits_hold_for_creating_and_restoring(alice, web, shop):
    account = Account.objects.filter(pk=alice.account.pk)
    inside = site_in(alice, web)
    delete_organization(alice.actor, organization_id=web.pk)
    account.update(most_organizations=1, most_sites=1)
    with pytest.raises(SiteLimitReached, match="1 of 1 site"):
        site_in(alice, None)
    with pytest.raises(SiteLimitReached):
        create_site_without_secret(alice.actor, name="New", allowed_origins=ORIGINS)
    with pytest.raises(SiteLimitReached):
        restore_site(alice.actor, site_key=inside.site_key)
    with pytest.raises(SiteLimitReached):
        restore_organization(alice.actor, organization_id=web.pk)
    account.update(most_sites=2)
    create_organization(alice.actor, name="Second")
    for attempt in (
        lambda: create_organization(alice.actor, name="Third"),
        lambda: restore_organization(alice.actor, organization_id=web.pk),
    ):
        with pytest.raises(OrganizationLimitReached, match="1 of 1 organization"):
            attempt()
    account.update(most_organizations=None)
    restore_organization(alice.actor, organization_id=web.pk)
    assert names(Site.objects.living()) == ["In it", "Shop"]
