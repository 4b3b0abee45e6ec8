"""A key that makes and changes keys gains nothing by it: not a permission, not a site, not a network, not a day."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.models import ReachedSite
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.operations import create_site, delete_site
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


@pytest.fixture
def limited(alice, shop, places):
    """A key for `shop` alone, from this machine alone, for 30 days; with what manages keys."""
    made = create_key(
        alice.actor,
        name="Limited",
        permissions=HELD,
        expires_at=clock.now() + timedelta(days=30),
        site_keys=[shop.site_key],
        networks=["127.0.0.0/8"],
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
    *[{name: 1} for name in ("createdBy", "ownerId", "account", "reachesAllSites", "role", "isAdmin", "expiresAt")],
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
    assert [site.site_key for site in child.sites.all()] == [places["shop"]]
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
def test_a_key_for_selected_sites_does_nothing_to_the_account(path, alice, shop):
    made = create_key(
        alice.actor, name="One site", permissions=list(CATALOGUE), expires_at=None, site_keys=[shop.site_key]
    )
    bodies = {
        "/sites/create": {"name": "New", "settings": {"domains": ["new.example"]}},
        "/users/create": {"email": "x@people.example", "name": "X", "role": "admin"},
        "/users/update": {"email": alice.user.email, "role": "viewer"},
        "/users/delete": {"email": alice.user.email},
    }
    client = Client(headers={"Authorization": f"Bearer {made.token.reveal()}"})
    method = client.put if path == "/users/update" else client.post

    answer = method(path, bodies[path], content_type="application/json")

    assert answer.status_code == 403
    assert "reaches selected sites only" in answer.json()["error"]["message"]


def _grant(key):
    key.refresh_from_db()
    sites = set(ReachedSite.objects.filter(key=key).values_list("site_id", flat=True))
    return key.permissions, key.reaches_all_sites, sites, key.networks, key.expires_at
