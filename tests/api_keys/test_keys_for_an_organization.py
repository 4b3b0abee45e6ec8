"""A key for one organization: it reaches what is in it whenever it is used, is narrowed to sites, and never widened."""

from typing import Any

import pytest

from apps.api_keys.authentication import key_actor
from apps.api_keys.life import update_key
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit.models import AuditEvent
from apps.permissions.models import ReachedOrganization, ReachedSite
from apps.permissions.refusals import Invalid
from apps.permissions.roles import Role
from apps.sites.models import Site
from apps.sites.operations import create_site, delete_site
from apps.sites.organizations import create_organization, delete_organization, move_sites, restore_organization
from tests.api_keys.conftest import LIST, NEW
from tests.dashboard.reading import read
from tests.people import Api

HELD = ["getSites", "getSite", "createSite", "updateSite", "deleteSite", "createUser"]


@pytest.fixture
def web(alice):
    return create_organization(alice.actor, name="Web")


@pytest.fixture
def made(alice, web, shop):
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    return create_key(alice.actor, name="Web", permissions=HELD, expires_at=None, organization_id=web.pk)


@pytest.fixture
def api(made):
    return Api(made.token.reveal())


def seen(api) -> list[str]:
    return sorted(site["name"] for site in api.get("/sites/get").json()["sites"])


def new_site(person, name: str, organization: Any = None) -> Site:
    pk = organization.pk if organization else None
    return create_site(person.actor, name=name, allowed_origins=["https://x.example"], organization_id=pk).site


def test_it_reaches_what_joins_and_not_what_leaves(alice, web, shop, api):
    other = new_site(alice, "Other")
    assert seen(api) == ["Shop"]
    move_sites(alice.actor, site_keys=[other.site_key], organization_id=web.pk)
    new_site(alice, "Later", web)
    assert seen(api) == ["Later", "Other", "Shop"]
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=None)
    assert seen(api) == ["Later", "Other"]
    assert api.get(f"/api/v1/sites/{shop.site_key}").status_code == 404


def test_of_a_deleted_organization_it_reaches_nothing_until_that_is_back(alice, web, shop, api):
    delete_organization(alice.actor, organization_id=web.pk)
    assert seen(api) == []
    body = {"name": "New", "settings": {"domains": ["new.example"]}}
    assert api.post("/sites/create", body).status_code == 404
    restore_organization(alice.actor, organization_id=web.pk)
    assert seen(api) == ["Shop"]


def test_it_restores_its_own_deleted_sites_only(alice, web, shop, made):
    outside = new_site(alice, "Outside")
    for site in (shop, outside):
        delete_site(alice.actor, site_key=site.site_key)
    assert {site.name for site in Site.objects.all()} == {"Shop", "Outside"}
    actor = _actor(made.key, alice)
    assert [site.name for site in Site.objects.restorable_by(actor, outside.created_at)] == ["Shop"]


def test_it_is_asked_about_no_other_organization_whether_there_is_one_or_not(alice, web, made):
    other = create_organization(alice.actor, name="Other")
    actor = _actor(made.key, alice)
    said = set()
    for number in (other.pk, 999_999):
        with pytest.raises(Exception, match="one organization only") as refusal:
            create_site(actor, name="New", allowed_origins=["https://x.example"], organization_id=number)
        said.add((type(refusal.value).__name__, str(refusal.value)))
    assert len(said) == 1


def test_a_limited_key_moves_no_site(alice, web, shop, made):
    with pytest.raises(Exception, match="cannot move any"):
        move_sites(_actor(made.key, alice), site_keys=[shop.site_key], organization_id=None)


def test_it_is_narrowed_from_all_to_an_organization_to_sites_and_never_back(alice, web, shop):
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    outside = new_site(alice, "Outside")
    other = create_organization(alice.actor, name="Other")
    key = create_key(alice.actor, name="All", permissions=HELD, expires_at=None).key
    update_key(alice.actor, key_id=key.pk, organization_id=web.pk)
    for wider in ({"organization_id": other.pk}, {"site_keys": [outside.site_key]}):
        with pytest.raises(Invalid, match="one organization only"):
            update_key(alice.actor, key_id=key.pk, **wider)
    update_key(alice.actor, key_id=key.pk, site_keys=[shop.site_key])
    assert not ReachedOrganization.objects.exists()
    assert ReachedSite.objects.get().site == shop
    with pytest.raises(Invalid, match="selected sites only"):
        update_key(alice.actor, key_id=key.pk, organization_id=web.pk)
    changes = [event.changes["sites"] for event in AuditEvent.objects.filter(action="key.updated").order_by("pk")]
    whole = "all sites of the organization “Web”"
    assert changes == [["all sites", whole], [whole, ["Shop"]]]


def test_an_organization_and_sites_at_once_and_a_foreign_one_are_refused(alice, dave, web, shop):
    foreign = create_organization(dave.actor, name="Dave's")
    for limits in ({"organization_id": web.pk, "site_keys": [shop.site_key]}, {"organization_id": foreign.pk}):
        with pytest.raises(Invalid) as refusal:
            create_key(alice.actor, name="X", permissions=HELD, expires_at=None, **limits)
        assert set(refusal.value.errors) == {"organization"}
    assert not ApiKey.objects.exists()


def test_the_editor_makes_one_and_every_page_says_where_it_reaches(alice, web, shop, filled):
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    sent = filled | {"reach": "organization", "organization": str(web.pk), "sites": [shop.site_key]}
    sent["permissions"] = ["getSites", "createSite", "createUser"]

    alice.browser.post(NEW, sent)

    key = ApiKey.objects.get()
    assert (key.organization, key.reaches_all_sites, ReachedSite.objects.count()) == (web, False, 0)
    page = read(alice.browser.get(f"{LIST}{key.pk}/"))
    assert "Web One organization: its 1 site, future ones too" in page.text
    assert "createUser cannot be used now. This API key reaches one organization only" in page.text
    assert "createSite cannot" not in page.text
    assert "One organization" in read(alice.browser.get(LIST)).text
    assert "All sites of “Web”, also those to come" in read(alice.browser.get(f"{LIST}{key.pk}/usage")).text


@pytest.mark.parametrize("number", ["", "nonsense", "-1", "999999"])
def test_the_editor_wants_an_organization_that_there_is(alice, web, filled, number):
    answer = alice.browser.post(NEW, filled | {"reach": "organization", "organization": number})
    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


def test_the_edit_page_narrows_to_an_organization_and_then_to_sites_in_it(alice, web, shop):
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    new_site(alice, "Outside")
    key = create_key(alice.actor, name="Key", permissions=HELD, expires_at=None).key
    path, form = f"{LIST}{key.pk}/edit", {"name": "Key", "permissions": HELD, "expires": "", "networks": ""}
    wanted = form | {"reach": "organization", "organization": str(web.pk)}
    preview = alice.browser.post(path, wanted | {"step": "preview"}, headers={"HX-Request": "true"})
    assert "All sites of “Web”" in read(preview).text
    alice.browser.post(path, wanted)
    assert _fresh(key).organization == web
    text = read(alice.browser.get(path)).text
    assert "Shop" in text
    assert "Outside" not in text
    alice.browser.post(path, wanted)
    assert _fresh(key).organization == web
    alice.browser.post(path, form | {"reach": "sites", "sites": [shop.site_key]})
    assert (_fresh(key).organization, list(key.sites.all())) == (None, [shop])


def test_the_list_filters_by_the_organization_that_keys_are_limited_to(alice, web, made, make_key):
    make_key(alice, name="Everywhere")
    text = read(alice.browser.get(f"{LIST}?organization={web.pk}")).text
    assert ("Everywhere" in text, made.key.masked in text) == (False, True)


def test_a_link_opens_the_editor_for_an_organization(alice, web):
    page = alice.browser.get(f"{NEW}?name=CI&organization={web.pk}").content.decode()
    assert f'<option value="{web.pk}" selected>Web</option>' in page


def _fresh(key: ApiKey) -> ApiKey:
    return ApiKey.objects.get(pk=key.pk)


def _actor(key: ApiKey, person: Any) -> Any:
    return key_actor(key, Role.OWNER, person.actor.source)
