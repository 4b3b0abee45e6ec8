"""`POST /sites/update`: the name and the settings, all or nothing."""

import pytest

from apps.audit.models import AuditEvent
from apps.permissions.models import ShareLevel
from apps.sites.models import Site
from apps.sites.operations import create_site, update_site
from apps.sites.sharing import share_site
from tests.api.prosopo.conftest import SITE_GET, UPDATE, refused
from tests.people import Api


def test_the_answer_shows_the_site_as_it_is_from_then_on(api, shop):
    answer = api.post(
        UPDATE, {"siteKey": shop.site_key, "name": "New", "settings": {"domains": ["n.example"], "powDifficulty": 2}}
    )

    site = answer.json()
    assert (site["name"], site["settings"]) == (
        "New",
        {"domains": ["n.example"], "captchaType": "pow", "powDifficulty": 2},
    )
    assert api.get(SITE_GET, siteKey=shop.site_key).json() == site
    changes = AuditEvent.objects.get(action="site.updated").changes
    assert set(changes) == {"name", "allowed_origins", "level"}


@pytest.mark.parametrize("body", [{}, {"settings": {}}, {"settings": {"captchaType": "pow"}}, {"isDefault": False}])
def test_what_is_left_out_stays_and_nothing_changed_is_not_in_the_log(api, shop, body):
    before = Site.objects.values().get()

    answer = api.post(UPDATE, {"siteKey": shop.site_key} | body)

    assert answer.json()["name"] == "Shop"
    assert Site.objects.values().get() == before
    assert not AuditEvent.objects.filter(action="site.updated").exists()


def test_a_name_that_another_contract_gave_can_be_sent_back_and_a_new_one_is_plain(api, alice, shop):
    update_site(alice.actor, site_key=shop.site_key, name="My Shop")

    same = api.post(UPDATE, {"siteKey": shop.site_key, "name": "My Shop", "settings": {"powDifficulty": 5}})
    assert (same.status_code, same.json()["name"]) == (200, "My Shop")
    message = refused(api.post(UPDATE, {"siteKey": shop.site_key, "name": "Our Shop"}), 400, "API.INVALID_BODY")
    assert "letters, digits, - and _" in message


def test_a_name_of_another_site_is_refused_and_nothing_changes(api, alice, shop):
    create_site(alice.actor, name="Other", allowed_origins=["https://a.example"])
    body = {"siteKey": shop.site_key, "name": "Other", "settings": {"powDifficulty": 5}}

    refused(api.post(UPDATE, body), 409, "PORTAL.DUPLICATE_SITE_NAME")

    shop.refresh_from_db()
    assert (shop.name, shop.level) == ("Shop", 96)
    assert api.post(UPDATE, body | {"name": "Shop"}).status_code == 200


def test_sites_that_other_contracts_named_alike_can_each_be_changed(api, alice, shop):
    twin = create_site(alice.actor, name="Shop", allowed_origins=["https://a.example"]).site

    answer = api.post(UPDATE, {"siteKey": twin.site_key, "name": "Shop", "settings": {"powDifficulty": 5}})

    assert answer.status_code == 200


@pytest.mark.parametrize(("level", "difficulty"), [(1, 1), (48, 3), (80, 4), (111, 4), (112, 5), (255, 8)])
def test_a_level_in_between_is_shown_as_the_nearest_difficulty_and_stays_when_that_is_sent_back(
    api, shop, level, difficulty
):
    Site.objects.update(level=level)

    site = api.get(SITE_GET, siteKey=shop.site_key).json()
    assert site["settings"]["powDifficulty"] == difficulty
    api.post(UPDATE, {"siteKey": shop.site_key, "settings": site["settings"]})
    assert Site.objects.get().level == level


@pytest.mark.parametrize("difficulty", range(1, 9))
def test_every_difficulty_comes_back_as_it_was_sent(api, shop, difficulty):
    answer = api.post(UPDATE, {"siteKey": shop.site_key, "settings": {"powDifficulty": difficulty}})

    assert answer.json()["settings"]["powDifficulty"] == difficulty
    assert Site.objects.get().level == max(32 * (difficulty - 1), 1)


def test_no_site_is_the_default_one(api, shop):
    answer = api.post(UPDATE, {"siteKey": shop.site_key, "name": "New", "isDefault": True})

    assert "isDefault" in refused(answer, 400, "API.INVALID_BODY")
    assert Site.objects.get().name == "Shop"


@pytest.mark.parametrize("field", ["name", "settings", "isDefault"])
def test_null_is_no_value(api, shop, field):
    assert field in refused(api.post(UPDATE, {"siteKey": shop.site_key, field: None}), 400, "API.INVALID_BODY")


def test_a_writer_may_and_a_reader_may_not(alice, bob, carol, shop, make_key):
    body = {"siteKey": shop.site_key, "name": "New"}

    refused(Api(make_key(bob)).post(UPDATE, body), 403, "API.INSUFFICIENT_PERMISSIONS")
    answer = Api(make_key(carol)).post(UPDATE, body)
    assert (answer.json()["name"], answer.json()["secretKey"]) == ("New", None)
    share_site(alice.actor, site_key=shop.site_key, email=bob.user.email, level=ShareLevel.WRITE)
    assert Api(make_key(bob)).post(UPDATE, body | {"name": "Newer"}).status_code == 200
