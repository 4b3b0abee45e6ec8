"""What each role may do, as people meet it: who sees, who changes, who is refused, who finds nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.api_keys.life import delete_key
from apps.api_keys.operations import create_key, get_key, list_keys
from apps.audit.operations import EventFilter, check_log, export_events, list_events
from apps.permissions import catalogue
from apps.permissions.actor import Actor
from apps.permissions.models import Share, ShareLevel
from apps.permissions.refusals import Forbidden, NotFound
from apps.permissions.roles import DESCRIPTIONS, PERMISSIONS, Role
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, get_site, list_sites, reactivate_site, update_site
from apps.sites.secrets import list_secrets, rotate_secret
from apps.sites.sharing import share_site
from tests.people import Person, make_person

ORIGINS = ["https://new.example"]


@pytest.fixture
def mallory(alice: Person) -> Person:
    """A member of Alice's account with whom nothing is shared."""
    return make_person("mallory", alice.account, Role.MEMBER)


def test_every_role_is_described_and_chooses_from_the_catalogue() -> None:
    assert set(DESCRIPTIONS) == set(PERMISSIONS) == set(Role)
    assert all(held <= catalogue.ALL for held in PERMISSIONS.values())


def test_only_owners_and_admins_hold_everything() -> None:
    assert {role for role, held in PERMISSIONS.items() if held == catalogue.ALL} == {Role.OWNER, Role.ADMIN}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_viewers_and_auditors_hold_nothing_that_changes(role: Role) -> None:
    assert PERMISSIONS[role] <= catalogue.READING


def test_only_auditors_owners_and_admins_read_the_log() -> None:
    readers = {role for role, held in PERMISSIONS.items() if "getAuditEvents" in held}
    assert readers == {Role.OWNER, Role.ADMIN, Role.AUDITOR}


def test_an_owner_manages_a_site_that_another_made(alice: Person, bob: Person) -> None:
    made = create_site(bob.actor, name="Bob's", allowed_origins=ORIGINS)
    rotated = rotate_secret(alice.actor, site_key=made.site.site_key)
    assert rotated.secret.reveal() != made.secret.reveal()
    assert not deactivate_site(alice.actor, site_key=made.site.site_key).is_active


def test_an_admin_manages_a_site_that_another_made(grace: Person, shop: Site) -> None:
    assert update_site(grace.actor, site_key=shop.site_key, name="Shop of Grace").name == "Shop of Grace"
    assert not deactivate_site(grace.actor, site_key=shop.site_key).is_active
    assert reactivate_site(grace.actor, site_key=shop.site_key).is_active


def test_a_member_owns_what_they_created(bob: Person) -> None:
    made = create_site(bob.actor, name="Bob's", allowed_origins=ORIGINS)
    rotate_secret(bob.actor, site_key=made.site.site_key)
    assert list_secrets(bob.actor, site_key=made.site.site_key)[0].created_by_label == bob.user.email
    assert not deactivate_site(bob.actor, site_key=made.site.site_key).is_active


def test_a_member_sees_own_and_shared_sites_and_no_others(alice: Person, bob: Person, shop: Site) -> None:
    create_site(alice.actor, name="Not Bob's", allowed_origins=ORIGINS)
    own = create_site(bob.actor, name="Bob's", allowed_origins=ORIGINS).site
    assert set(list_sites(bob.actor)) == {shop, own}


def test_a_reader_reads_a_shared_site(bob: Person, shop: Site) -> None:
    assert get_site(bob.actor, site_key=shop.site_key) == shop


def test_a_reader_cannot_change_a_shared_site(bob: Person, shop: Site) -> None:
    with pytest.raises(Forbidden, match="You may read the site “Shop”, but updateSite needs"):
        update_site(bob.actor, site_key=shop.site_key, name="Bob's now")
    assert Site.objects.get().name == "Shop"


def test_a_reader_cannot_rotate_a_secret(bob: Person, shop: Site) -> None:
    before = list(shop.secrets.values_list("digest", flat=True))
    with pytest.raises(Forbidden, match="rotateSecret needs its owner or an admin"):
        rotate_secret(bob.actor, site_key=shop.site_key)
    assert list(shop.secrets.values_list("digest", flat=True)) == before


def test_a_writer_changes_the_settings_of_a_shared_site(carol: Person, shop: Site) -> None:
    update_site(carol.actor, site_key=shop.site_key, name="Shop 2", allowed_origins=ORIGINS)
    shop.refresh_from_db()
    assert (shop.name, shop.allowed_origins) == ("Shop 2", ORIGINS)


def test_a_writer_cannot_rotate_a_secret(carol: Person, shop: Site) -> None:
    with pytest.raises(Forbidden, match="You may change the settings of the site “Shop”, but rotateSecret"):
        rotate_secret(carol.actor, site_key=shop.site_key)


def test_a_writer_cannot_deactivate_a_site_not_even_by_changing_its_settings(carol: Person, shop: Site) -> None:
    with pytest.raises(Forbidden, match="deleteSite"):
        deactivate_site(carol.actor, site_key=shop.site_key)
    with pytest.raises(Forbidden, match="deleteSite"):
        update_site(carol.actor, site_key=shop.site_key, name="Renamed too", is_active=False)
    shop.refresh_from_db()
    assert (shop.is_active, shop.name) == (True, "Shop")


def test_a_writer_cannot_share_a_site_further(carol: Person, bob: Person, shop: Site) -> None:
    with pytest.raises(Forbidden, match="grantPermission"):
        share_site(carol.actor, site_key=shop.site_key, email=bob.user.email, level=ShareLevel.WRITE)
    assert Share.objects.get(person=bob.user).level == ShareLevel.READ


def test_taking_a_share_away_holds_at_once(bob: Person, shop: Site) -> None:
    actor = bob.actor
    Share.objects.filter(person=bob.user).delete()
    with pytest.raises(NotFound):
        get_site(actor, site_key=shop.site_key)


def test_a_viewer_reads_every_site_and_changes_none(victor: Person, shop: Site) -> None:
    assert list(list_sites(victor.actor)) == [shop]
    for attempt in changes_of(shop):
        with pytest.raises(Forbidden, match="The role Viewer does not include"):
            attempt(victor.actor)


def test_an_auditor_reads_the_log_and_changes_nothing(erin: Person, shop: Site) -> None:
    assert list_events(erin.actor).exists()
    assert check_log(erin.actor).is_intact
    assert list(export_events(erin.actor, wanted=EventFilter(), form="csv"))
    for attempt in changes_of(shop):
        with pytest.raises(Forbidden, match="The role Auditor does not include"):
            attempt(erin.actor)


@pytest.mark.parametrize("who", ["bob", "victor"])
def test_members_and_viewers_cannot_read_the_log(who: str, request: pytest.FixtureRequest, shop: Site) -> None:
    with pytest.raises(Forbidden, match="getAuditEvents"):
        list_events(request.getfixturevalue(who).actor)


def test_a_stranger_learns_nothing_of_a_site(dave: Person, shop: Site) -> None:
    attempts = [*reads_of(shop), *changes_of(shop)[1:]]
    for attempt in attempts:
        with pytest.raises(NotFound) as found:
            attempt(dave.actor)
        with pytest.raises(NotFound) as missing:
            get_site(dave.actor, site_key="sk_live_0000000000000000000000")
        assert str(found.value) == str(missing.value)
    assert not list_sites(dave.actor).exists()


def test_a_member_without_a_share_is_a_stranger_to_the_site(mallory: Person, shop: Site) -> None:
    for attempt in [*reads_of(shop), *changes_of(shop)[1:]]:
        with pytest.raises(NotFound):
            attempt(mallory.actor)


def test_nobody_but_owners_and_admins_sees_another_persons_key(alice: Person, bob: Person, grace: Person) -> None:
    made = create_key(alice.actor, name="Alice's", permissions=["getSites"], expires_at=None).key
    own = create_key(bob.actor, name="Bob's", permissions=["getSites"], expires_at=None).key
    assert set(list_keys(grace.actor)) == set(list_keys(alice.actor)) == {made, own}
    assert list(list_keys(bob.actor)) == [own]
    with pytest.raises(NotFound):
        get_key(bob.actor, key_id=made.pk)
    with pytest.raises(NotFound):
        delete_key(bob.actor, key_id=made.pk)


def test_a_key_never_exceeds_its_creator(bob: Person) -> None:
    with pytest.raises(Forbidden, match="You cannot give a key the permission getAuditEvents"):
        create_key(bob.actor, name="Greedy", permissions=["getSites", "getAuditEvents"], expires_at=None)
    assert not list_keys(bob.actor).exists()


def reads_of(site: Site) -> list[Callable[[Actor], Any]]:
    return [
        lambda actor: get_site(actor, site_key=site.site_key),
        lambda actor: list_secrets(actor, site_key=site.site_key),
    ]


def changes_of(site: Site) -> list[Callable[[Actor], Any]]:
    return [
        lambda actor: create_site(actor, name="New", allowed_origins=ORIGINS),
        lambda actor: update_site(actor, site_key=site.site_key, name="Renamed"),
        lambda actor: deactivate_site(actor, site_key=site.site_key),
        lambda actor: reactivate_site(actor, site_key=site.site_key),
        lambda actor: rotate_secret(actor, site_key=site.site_key),
    ]
