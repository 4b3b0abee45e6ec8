"""The edit page: a key is renamed and narrowed there, never widened; what changes is shown before it is saved."""

from datetime import timedelta
from typing import Any

import pytest

from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions.models import ReachedSite
from apps.sites.operations import create_site
from tests.api_keys.conftest import LIST
from tests.dashboard.reading import read

HELD = ["getSites", "createSite", "getTraffic"]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def depot(alice) -> Any:
    """A second site of Alice's."""
    return create_site(alice.actor, name="Depot", allowed_origins=["https://depot.example"]).site


@pytest.fixture
def limited(alice, shop, depot) -> ApiKey:
    """A key with a part of everything."""
    return create_key(
        alice.actor,
        name="Deploy",
        permissions=HELD,
        expires_at=clock.now() + timedelta(days=40),
        site_keys=[shop.site_key, depot.site_key],
        networks=["203.0.113.0/24"],
    ).key


def path(key: ApiKey) -> str:
    return f"{LIST}{key.pk}/edit"


def as_is(key: ApiKey) -> dict[str, Any]:
    """The form as the page shows it."""
    reach = {"reach": "all"} if key.reaches_all_sites else {"reach": "sites"}
    sites = [site.site_key for site in key.sites.all()]
    return {
        "name": key.name,
        "permissions": key.permissions,
        "sites": sites,
        "networks": "\n".join(key.networks),
        "expires": "",
    } | reach


def fields(key: ApiKey) -> tuple[Any, ...]:
    key.refresh_from_db()
    sites = set(ReachedSite.objects.filter(key=key).values_list("site__name", flat=True))
    return key.name, key.permissions, sites, key.networks, key.expires_at


def test_only_what_the_key_has_is_offered(alice, limited):
    page = read(alice.browser.get(path(limited)))

    assert set(page.fields["permissions"]) == set(page.checked["permissions"]) == set(HELD)
    assert len(page.fields["sites"]) == len(page.checked["sites"]) == 2
    assert page.value("networks") == "203.0.113.0/24"
    assert page.checked["expires"] == [""]
    assert "A key is never widened" in page.text


def test_a_key_is_renamed_and_narrowed_in_one_go(alice, limited, shop):
    sent = as_is(limited) | {
        "name": "Smaller",
        "permissions": ["getSites"],
        "sites": [shop.site_key],
        "networks": "203.0.113.64/26",
        "expires": "7",
    }

    answer = alice.browser.post(path(limited), sent, follow=True)

    assert "“Smaller” is saved" in read(answer).text
    name, permissions, sites, networks, end = fields(limited)
    assert (name, permissions, sites, networks) == ("Smaller", ["getSites"], {"Shop"}, ["203.0.113.64/26"])
    assert abs(end - clock.now() - timedelta(days=7)) < timedelta(minutes=1)
    event = AuditEvent.objects.get(action="key.updated")
    assert set(event.changes) == {"name", "permissions", "sites", "networks", "expires_at"}


def test_saving_it_as_it_is_changes_and_records_nothing(alice, limited):
    before = fields(limited)

    assert alice.browser.post(path(limited), as_is(limited)).status_code == 302

    assert fields(limited) == before
    assert not AuditEvent.objects.filter(action="key.updated").exists()


def test_a_key_for_all_sites_can_be_limited_to_some(alice, shop, depot):
    key = create_key(alice.actor, name="Wide", permissions=["getSites"], expires_at=None).key

    alice.browser.post(path(key), as_is(key) | {"reach": "sites", "sites": [depot.site_key]})

    assert fields(key)[2] == {"Depot"}
    key.refresh_from_db()
    assert not key.reaches_all_sites


def test_sites_that_were_checked_before_going_back_to_all_do_not_count(alice, depot):
    key = create_key(alice.actor, name="Wide", permissions=["getSites"], expires_at=None).key

    alice.browser.post(path(key), as_is(key) | {"reach": "all", "sites": [depot.site_key]})

    key.refresh_from_db()
    assert key.reaches_all_sites


def widening(depot_key: str) -> list[tuple[dict[str, Any], str, str]]:
    return [
        ({"permissions": [*HELD, "deleteSite"]}, "permissions", "A key is never widened"),
        ({"permissions": []}, "permissions", "at least one permission"),
        ({"sites": []}, "sites", "Choose at least one site"),
        ({"sites": [depot_key]}, "sites", "reaches selected sites only"),
        ({"sites": ["sk_live_0000000000000000000001"]}, "sites", "There is no site"),
        ({"networks": ""}, "networks", "may be used from 203.0.113.0/24 only"),
        ({"networks": "203.0.0.0/16"}, "networks", "may be used from 203.0.113.0/24 only"),
        ({"networks": "203.0.113.1/24"}, "networks", "Did you mean 203.0.113.0/24"),
        ({"expires": "90"}, "expires", "Choose no later time"),
        ({"expires": "custom", "expires_on": "2020-01-01"}, "expires_on", "past"),
        ({"expires": "custom"}, "expires_on", "Choose the last day"),
        ({"expires": "seconds", "expires_in": "0"}, "expires_in", "greater than or equal to 1"),
        ({"expires": "seconds"}, "expires_in", "how many seconds"),
        ({"expires": "never"}, "expires", "never"),
        ({"name": " "}, "name", "Name the key"),
    ]


@pytest.mark.parametrize("number", range(15))
def test_nothing_widens_a_key_and_nothing_typed_is_lost(alice, limited, number):
    stranger = create_site(alice.actor, name="Stranger", allowed_origins=["https://s.example"]).site
    typed, field, says = widening(stranger.site_key)[number]
    before, sent = fields(limited), as_is(limited) | {"name": "Typed"} | typed

    answer = alice.browser.post(path(limited), sent)

    page = read(answer)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert says in page.text
    assert page.value("name").strip() == sent["name"].strip()
    assert page.value("networks") == sent["networks"]
    assert set(page.checked.get("permissions", [])) == set(sent["permissions"]) & set(HELD)
    assert fields(limited) == before


def test_what_would_change_is_shown_before_and_after_and_nothing_is_saved(alice, limited, shop):
    before = fields(limited)
    sent = as_is(limited) | {
        "name": "Smaller",
        "permissions": ["getSites"],
        "sites": [shop.site_key],
        "networks": "203.0.113.64/26",
        "expires": "7",
        "step": "preview",
    }
    browser = alice.browser

    part, whole = browser.post(path(limited), sent, headers=HTMX), browser.post(path(limited), sent)

    for answer in (part, whole):
        changes = {change.label: (list(change.gone), list(change.new)) for change in answer.context["changes"]}
        assert changes["Name"] == (["Deploy"], ["Smaller"])
        assert changes["Permissions"] == (["createSite", "getTraffic"], [])
        assert changes["Sites"] == (["Depot"], [])
        assert changes["Networks"] == (["203.0.113.0/24"], ["203.0.113.64/26"])
        assert set(changes) == {"Name", "Permissions", "Sites", "Networks", "Expires"}
        assert answer.status_code == 200
    assert b"<html" not in part.content
    assert b"<html" in whole.content
    assert fields(limited) == before


@pytest.mark.parametrize("typed", [{"expires": "custom"}, {"name": ""}, {"permissions": ["becomeRoot"]}, {"sites": []}])
def test_what_cannot_be_read_yet_does_not_break_the_preview(alice, limited, typed):
    sent = as_is(limited) | typed | {"step": "preview"}

    assert alice.browser.post(path(limited), sent, headers=HTMX).status_code == 200


def test_a_site_that_its_editor_no_longer_sees_stays_while_the_list_is_left_alone(alice, bob, shop):
    own = create_site(bob.actor, name="Bob's", allowed_origins=["https://bob.example"]).site
    key = create_key(
        bob.actor, name="Two", permissions=["getSites"], expires_at=None, site_keys=[shop.site_key, own.site_key]
    ).key
    shop.shares.filter(person=bob.user).delete()
    browser = bob.browser

    page = read(browser.get(path(key)))
    assert "It also reaches 1 site that you do not see" in page.text
    assert "Shop" not in page.text

    browser.post(path(key), as_is(key) | {"name": "Renamed", "sites": [own.site_key]})
    assert fields(key)[:3] == ("Renamed", ["getSites"], {"Shop", "Bob's"})


def test_an_admin_may_narrow_the_key_of_somebody_else(grace, limited):
    assert grace.browser.post(path(limited), as_is(limited) | {"permissions": ["getSites"]}).status_code == 302

    assert fields(limited)[1] == ["getSites"]
