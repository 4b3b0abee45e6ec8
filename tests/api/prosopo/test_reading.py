"""What only reads: a POST with a body, and a GET with the same fields in the query, give the same answer."""

import pytest
from django.utils import timezone

from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, delete_site
from apps.sites.site_key import EU_CAPTCHA_PREFIX, spell
from tests.api.prosopo.conftest import SITE_GET, SITES_GET, refused
from tests.people import Api


def test_both_ways_answer_the_same(api, shop):
    by_key = {"siteKey": shop.site_key}

    assert api.get(SITES_GET).content == api.post(SITES_GET, {}).content
    assert api.get(SITE_GET, **by_key).content == api.post(SITE_GET, by_key).content
    assert api.client.head(SITES_GET).status_code == 200


def test_a_site_is_shown_with_its_settings_in_this_contracts_words(api, shop):
    site = api.get(SITE_GET, siteKey=shop.site_key).json()

    created_at = shop.created_at.astimezone(timezone.get_fixed_timezone(0)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert site == {
        "siteKey": shop.site_key,
        "secretKey": shop.secrets.get().masked,
        "name": "Shop",
        "active": True,
        "isDefault": False,
        "settings": {"domains": ["shop.example"], "captchaType": "pow", "powDifficulty": 4},
        "createdAt": created_at,
        "updatedAt": created_at,
    }
    assert api.get(SITES_GET).json() == {"sites": [site]}


def test_a_site_is_found_by_its_key_in_any_spelling(api, shop):
    spellings = [spell(shop.key), spell(shop.key, EU_CAPTCHA_PREFIX), shop.key.hex, str(shop.key).upper()]

    assert {api.get(SITE_GET, siteKey=key).json()["siteKey"] for key in spellings} == {shop.site_key}


def test_deactivated_sites_are_listed_and_deleted_ones_are_not(api, alice, shop):
    stopped = create_site(alice.actor, name="Stopped", allowed_origins=["https://a.example"]).site
    deactivate_site(alice.actor, site_key=stopped.site_key)
    gone = create_site(alice.actor, name="Gone", allowed_origins=["https://a.example"]).site
    delete_site(alice.actor, site_key=gone.site_key)

    listed = [(site["name"], site["active"]) for site in api.get(SITES_GET).json()["sites"]]

    assert listed == [("Shop", True), ("Stopped", False)]
    refused(api.get(SITE_GET, siteKey=gone.site_key), 404, "GENERAL.SITE_KEY_NOT_FOUND")


def test_a_key_lists_what_its_creator_may_see(alice, bob, dave, shop, make_key):
    own = create_site(bob.actor, name="Bobs", allowed_origins=["https://bob.example"]).site
    create_site(alice.actor, name="Hidden", allowed_origins=["https://a.example"])

    listed = {site["siteKey"] for site in Api(make_key(bob)).get(SITES_GET).json()["sites"]}

    assert listed == {shop.site_key, own.site_key}
    assert Api(make_key(dave)).get(SITES_GET).json() == {"sites": []}


def test_the_end_of_a_secret_is_for_whoever_may_know_it(alice, bob, shop, victor, make_key):
    create_site(bob.actor, name="Bobs", allowed_origins=["https://bob.example"])
    masked = shop.secrets.get().masked

    def seen(api: Api) -> dict[str, str | None]:
        return {site["name"]: site["secretKey"] for site in api.get(SITES_GET).json()["sites"]}

    assert seen(Api(make_key(alice)))["Shop"] == masked
    assert seen(Api(make_key(alice, "getSites"))) == {"Shop": None, "Bobs": None}
    of_bob = seen(Api(make_key(bob)))
    assert of_bob["Shop"] is None  # shared with him
    assert str(of_bob["Bobs"]).startswith("ss_live_…")
    assert seen(Api(make_key(victor))) == {"Shop": None, "Bobs": None}
    assert Api(make_key(alice, "getSite")).get(SITE_GET, siteKey=shop.site_key).json()["secretKey"] is None


def test_a_site_without_a_secret_has_null_in_its_place(api, shop):
    shop.secrets.all().delete()

    assert api.get(SITE_GET, siteKey=shop.site_key).json()["secretKey"] is None
    assert api.get(SITES_GET).json()["sites"][0]["secretKey"] is None


@pytest.mark.parametrize("role", ["owner", "member"])
def test_a_list_costs_three_queries_however_long_it_is(role, alice, bob, make_key, django_assert_num_queries):
    """The key, the sites, their secrets."""
    person = alice if role == "owner" else bob
    api = Api(make_key(person))
    api.get(SITES_GET)  # writes the key's first use
    with django_assert_num_queries(3):
        assert len(api.get(SITES_GET).json()["sites"]) == 1
    Site.objects.bulk_create(
        Site(account=person.account, created_by=person.user, name=f"S{number}", allowed_origins=["https://a.example"])
        for number in range(300)
    )
    with django_assert_num_queries(3):
        assert len(api.get(SITES_GET).json()["sites"]) == 301
