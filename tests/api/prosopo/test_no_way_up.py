"""A key that makes and changes keys gains nothing by it: not a permission, not a site, not a network, not a day."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.api_keys.authentication import key_actor
from apps.api_keys.life import update_key
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.models import ReachedSite
from apps.permissions.refusals import Invalid
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.models import Site
from apps.sites.operations import create_site, delete_site
from apps.sites.organizations import create_organization, move_sites
from tests.people import Api

HELD = ("getApiKeys", "createApiKey", "updateApiKey", "deleteApiKey", "getSites")
NOT_HELD = sorted(set(CATALOGUE) - set(HELD))
DAY = 86400


@pytest.fixture
def places(alice, shop, dave):
    """Site keys by name: the one in reach, and others."""
    sites = {
        name: create_site(person.actor, name=name, allowed_origins=["https://x.example"]).site
        for name, person in (("other", alice), ("foreign", dave), ("gone", alice))
    }
    delete_site(alice.actor, site_key=sites["gone"].site_key)
    return {"shop": shop.site_key} | {name: site.site_key for name, site in sites.items()}


@pytest.fixture(params=["sites", "organization"])
def limited(request, alice, shop, places):
    """A key for `shop` alone, or for the organization that it is in, from this machine alone, for 30 days.

    It has what manages keys.
    """
    web = create_organization(alice.actor, name="Web")
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    reach = {"site_keys": [shop.site_key]} if request.param == "sites" else {"organization_id": web.pk}
    made = create_key(
        alice.actor,
        name="Limited",
        permissions=HELD,
        expires_at=clock.now() + timedelta(days=30),
        networks=["127.0.0.0/8"],
        **reach,
    )
    return made.key, Api(made.token.reveal())


def asked(places, **fields):
    """A body for a new key within the limits, changed by `fields`; `@name` stands for the key of a site."""
    body = {"name": "More", "permissions": ["getSites"]} | fields
    if isinstance(body.get("siteKeys"), list):
        body["siteKeys"] = [places.get(name.removeprefix("@"), name) for name in body["siteKeys"]]
    return body


CREATIONS = [
    *[{"permissions": [name]} for name in ("verify", "createUser", "updateAccount", "getAuditEvents", "grantCredits")],
    {"permissions": list(CATALOGUE)},
    {"permissions": {"Users": ["createUser"]}},
    {"permissions": {"ApiKeys": ["createApiKey"], "Secrets": ["rotateSecret"]}},
    {"permissions": {"Sites": ["getSites"], "Users": ["getSites"]}},
    *[{"permissions": [name]} for name in ("*", "all", "GETSITES", " getSites", "getSites\u200b", "getSites,verify")],
    {"permissions": {"*": ["getSites"]}},
    {"siteKeys": ["@other"]},
    {"siteKeys": ["@shop", "@other"]},
    {"siteKeys": ["@foreign"]},
    {"siteKeys": ["@gone"]},
    {"siteKeys": ["*"]},
    {"siteKeys": []},
    {"siteKeys": None},
    {"siteKeys": "all"},
    {"networks": []},
    {"networks": ["0.0.0.0/0"]},
    {"networks": ["::/0"]},
    {"networks": ["127.0.0.0/7"]},
    {"networks": ["126.0.0.0/7"]},
    {"networks": ["127.0.0.0/8", "10.0.0.0/8"]},
    {"networks": ["::ffff:127.0.0.0/104"]},
    {"networks": ["::ffff:0:0/96"]},
    {"networks": ["::1"]},
    {"networks": None},
    {"expiresIn": 31 * DAY},
    {"expiresIn": 3650 * DAY},
    {"expiresIn": -1},
    {"expiresIn": 1e300},
    {"expiresIn": True},
    *[
        {name: 1}
        for name in (
            "createdBy",
            "ownerId",
            "account",
            "organization",
            "organizationId",
            "reachesAllSites",
            "role",
            "isAdmin",
            "expiresAt",
        )
    ],
]


@pytest.mark.parametrize("fields", CREATIONS, ids=str)
def test_no_new_key_goes_beyond_the_one_that_makes_it(fields, limited, places):
    _, api = limited

    answer = api.post("/api-keys/create", asked(places, **fields))

    assert answer.status_code in {400, 403}
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("name", NOT_HELD)
def test_no_permission_can_be_given_that_is_not_held_and_it_is_named(name, limited, places):
    _, api = limited

    answer = api.post("/api-keys/create", asked(places, permissions=[name]))

    assert (answer.status_code, answer.json()["error"]["data"]) == (403, {"required": name})


@pytest.mark.parametrize("fields", [{}, {"expiresIn": 0}, {"expiresIn": None}, {"accountId": "another", "token": "x"}])
def test_what_a_new_key_does_not_ask_for_it_has_from_the_one_that_makes_it(fields, limited, places):
    parent, api = limited

    made = api.post("/api-keys/create", asked(places, **fields)).json()

    child = ApiKey.objects.get(pk=made["apiKeyId"])
    assert (child.expires_at, child.networks, child.account_id) == (
        parent.expires_at,
        parent.networks,
        parent.account_id,
    )
    assert child.organization_id == parent.organization_id
    assert not child.reaches_all_sites
    assert [site.site_key for site in child.sites.all()] == ([] if parent.organization_id else [places["shop"]])
    assert made["organization"] == (parent.organization.name if parent.organization else None)
    assert child.created_by_id == parent.created_by_id


def test_a_chain_of_keys_never_gets_wider(limited, places):
    _, api = limited
    made = api.post("/api-keys/create", asked(places, permissions=["createApiKey"], expiresIn=DAY)).json()

    child = Api(made["apiKey"])
    for fields in ({"permissions": ["getSites"]}, {"permissions": ["createApiKey"], "expiresIn": 2 * DAY}):
        assert child.post("/api-keys/create", asked(places, **fields)).status_code in {400, 403}


UPDATES = [
    {"permissions": [*HELD, "verify"]},
    {"permissions": list(CATALOGUE)},
    {"permissions": {"Users": ["createUser"]}},
    {"permissions": []},
    {"siteKeys": ["@shop", "@other"]},
    {"siteKeys": ["@other"]},
    {"siteKeys": ["@foreign"]},
    {"siteKeys": []},
    {"siteKeys": None},
    {"networks": []},
    {"networks": ["0.0.0.0/0"]},
    {"networks": ["127.0.0.0/8", "::1"]},
    {"expiresIn": 31 * DAY},
    {"expiresIn": 0},
    {"expiresIn": None},
    {"reachesAllSites": True},
    {"organization": "Other"},
    {"createdBy": 1},
]


@pytest.mark.parametrize("fields", UPDATES, ids=str)
def test_no_key_is_widened_not_even_by_itself(fields, limited, places):
    key, api = limited
    before = _grant(key)

    answer = api.post(
        "/api-keys/update",
        asked(places, **fields)
        | {"apiKeyId": str(key.pk), "name": "Limited"}
        | {"permissions": fields.get("permissions", list(HELD))},
    )

    assert answer.status_code == 400
    assert _grant(key) == before


def test_narrowing_and_widening_at_once_does_neither(limited, places):
    key, api = limited
    before = _grant(key)

    answer = api.post(
        "/api-keys/update", {"apiKeyId": str(key.pk), "permissions": ["getSites"], "networks": ["0.0.0.0/0"]}
    )

    assert answer.status_code == 400
    assert _grant(key) == before


@pytest.mark.parametrize("path", ["/api-keys/update", "/api-keys/delete"])
def test_a_limited_key_does_not_know_of_keys_that_reach_further(path, limited, alice, make_key):
    make_key(alice, name="Everywhere")
    wide = ApiKey.objects.get(name="Everywhere")
    _, api = limited

    assert api.post(path, {"apiKeyId": str(wide.pk)}).status_code == 404
    assert [key["name"] for key in api.get("/api-keys/get").json()["apiKeys"]] == ["Limited"]


def test_a_key_of_somebody_demoted_gives_only_what_their_role_holds_today(grace, make_key):
    api = Api(make_key(grace, "createApiKey", "createUser", "getSites"))
    grace.membership.__class__.objects.filter(pk=grace.membership.pk).update(role=Role.MEMBER)

    answer = api.post("/api-keys/create", {"name": "More", "permissions": ["createUser"]})

    assert (answer.status_code, answer.json()["error"]["data"]) == (403, {"required": "createUser"})


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - PERMISSIONS[Role.MEMBER]))
def test_a_members_key_gives_nothing_that_a_member_lacks(name, carol, make_key):
    api = Api(make_key(carol, "createApiKey"))

    assert api.post("/api-keys/create", {"name": "More", "permissions": [name]}).status_code == 403


def test_a_permission_that_is_switched_off_cannot_be_given_by_a_key(alice, make_key):
    api = Api(make_key(alice, "createApiKey", "getSites"))
    alice.account.groups_off = ["Sites"]
    alice.account.save()

    assert api.post("/api-keys/create", {"name": "More", "permissions": ["getSites"]}).status_code == 403


@pytest.mark.parametrize("path", ["/sites/create", "/users/create", "/users/update", "/users/delete"])
@pytest.mark.parametrize("reach", ["selected sites", "one organization"])
def test_a_limited_key_does_nothing_to_the_account(path, reach, alice, shop):
    web = create_organization(alice.actor, name="Web")
    limits = {"site_keys": [shop.site_key]} if reach == "selected sites" else {"organization_id": web.pk}
    made = create_key(alice.actor, name="Limited", permissions=list(CATALOGUE), expires_at=None, **limits)
    bodies = {
        "/sites/create": {"name": "New", "settings": {"domains": ["new.example"]}},
        "/users/create": {"email": "x@people.example", "name": "X", "role": "admin"},
        "/users/update": {"email": alice.user.email, "role": "viewer"},
        "/users/delete": {"email": alice.user.email},
    }
    client = Client(headers={"Authorization": f"Bearer {made.token.reveal()}"})
    method = client.put if path == "/users/update" else client.post

    answer = method(path, bodies[path], content_type="application/json")

    if (path, reach) == ("/sites/create", "one organization"):  # it creates sites there, and nowhere else
        assert answer.status_code == 200
        assert [site.name for site in Site.objects.filter(organization=web)] == ["New"]
    else:
        assert answer.status_code == 403
        assert f"reaches {reach} only" in answer.json()["error"]["message"]


def test_a_key_for_an_organization_makes_keys_for_sites_in_it_which_stay_behind(alice, shop):
    web = create_organization(alice.actor, name="Web")
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    parent = create_key(alice.actor, name="Web", permissions=HELD, expires_at=None, organization_id=web.pk)
    api = Api(parent.token.reveal())
    body = {"name": "Shop", "permissions": ["getSites", "createApiKey"], "siteKeys": [shop.site_key]}

    child = api.post("/api-keys/create", body).json()

    assert (child["siteKeys"], child["organization"]) == ([shop.site_key], None)
    grandchild = Api(child["apiKey"]).post("/api-keys/create", {"name": "X", "permissions": ["getSites"]}).json()
    assert grandchild["siteKeys"] == [shop.site_key]
    assert [key["name"] for key in api.get("/api-keys/get").json()["apiKeys"]] == ["X", "Shop", "Web"]
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=None)
    assert [key["name"] for key in api.get("/api-keys/get").json()["apiKeys"]] == ["Web"]
    assert api.post("/api-keys/create", body).status_code == 400


def test_a_key_for_sites_gives_no_organization_even_of_these_sites(alice, shop):
    web = create_organization(alice.actor, name="Web")
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    made = create_key(alice.actor, name="Shop", permissions=HELD, expires_at=None, site_keys=[shop.site_key])
    actor = key_actor(made.key, Role.OWNER, alice.actor.source)

    with pytest.raises(Invalid):
        create_key(actor, name="More", permissions=["getSites"], expires_at=None, organization_id=web.pk)
    with pytest.raises(Invalid):
        update_key(actor, key_id=made.key.pk, organization_id=web.pk)


def _grant(key):
    key.refresh_from_db()
    sites = set(ReachedSite.objects.filter(key=key).values_list("site_id", flat=True))
    return key.permissions, key.reaches_all_sites, key.organization_id, sites, key.networks, key.expires_at
