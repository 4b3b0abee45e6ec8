"""GET /api/v1/sites: snake_case, whole, in a stable order, at a fixed price."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site
from tests.api.conftest import SITES
from tests.people import Api

FIELDS = {
    "site_key": str,
    "name": str,
    "is_active": bool,
    "created_at": str,
    "updated_at": str,
    "allowed_origins": list,
}


def names(answer) -> list[str]:
    return [site["name"] for site in answer.json()["sites"]]


def test_the_answer_has_exactly_the_fields_of_the_page(api, account_id, shop):
    answer = api.get(SITES, accountId=account_id)

    assert answer.status_code == 200
    assert list(answer.json()) == ["sites"]
    (listed,) = answer.json()["sites"]
    assert {name: type(value) for name, value in listed.items()} == FIELDS
    assert (listed["site_key"], listed["name"]) == (shop.site_key, "Shop")
    assert listed["allowed_origins"] == ["https://shop.example"]
    assert listed["created_at"].endswith("Z")


def test_an_account_without_sites_has_an_empty_list(api, account_id):
    assert api.get(SITES, accountId=account_id).json() == {"sites": []}


def test_inactive_sites_are_listed_too(api, account_id, alice, shop):
    deactivate_site(alice.actor, site_key=shop.site_key)

    (listed,) = api.get(SITES, accountId=account_id).json()["sites"]

    assert (listed["name"], listed["is_active"]) == ("Shop", False)


def test_the_order_is_the_order_of_creation_and_no_change_moves_a_site(api, account_id, alice):
    now = clock.now()
    made = []
    for minute, name in enumerate(["Zebra", "apple", "Mango"]):
        with clock.at(now - timedelta(minutes=minute)):
            made.append(create_site(alice.actor, name=name, allowed_origins=["https://x.example"]).site)
    assert names(api.get(SITES, accountId=account_id)) == ["Zebra", "apple", "Mango"]

    api.patch(f"{SITES}/{made[0].site_key}", {"allowedOrigins": ["https://y.example"]})
    api.delete(f"{SITES}/{made[1].site_key}")
    api.post(f"{SITES}/{made[2].site_key}/rotate-secret")

    assert names(api.get(SITES, accountId=account_id)) == ["Zebra", "apple", "Mango"]


def fill(person, count: int) -> None:
    Site.objects.bulk_create(
        Site(
            account=person.account, name=f"Site {number}", allowed_origins=["https://x.example"], created_by=person.user
        )
        for number in range(count)
    )


def test_five_hundred_sites_are_listed_whole_in_as_many_queries_as_five(api, account_id, alice):
    fill(alice, 5)
    api.get(SITES, accountId=account_id)  # notes the key's use, which it does once a minute
    with CaptureQueriesContext(connection) as few:
        assert len(names(api.get(SITES, accountId=account_id))) == 5
    fill(alice, 495)
    with CaptureQueriesContext(connection) as many:
        assert len(names(api.get(SITES, accountId=account_id))) == 500

    assert len(many) == len(few) == 2


def test_a_members_key_lists_only_what_the_member_may_see(carol, alice, shop, make_key):
    create_site(alice.actor, name="Hidden", allowed_origins=["https://hidden.example"])
    create_site(carol.actor, name="Carol's own", allowed_origins=["https://carol.example"])

    answer = Api(make_key(carol, "getSites")).get(SITES, accountId=str(carol.account.pk))

    assert names(answer) == ["Shop", "Carol's own"]


def test_no_answer_shows_another_accounts_site(api, account_id, dave):
    create_site(dave.actor, name="Dave's site", allowed_origins=["https://dave.example"])

    assert names(api.get(SITES, accountId=account_id)) == []


@pytest.mark.parametrize("path", [SITES, f"{SITES}/"])
def test_a_key_without_the_permission_lists_nothing(alice, shop, make_key, account_id, path):
    answer = Api(make_key(alice, "createSite")).get(path, accountId=account_id)

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "getSites"
    assert "Shop" not in answer.text


def test_listing_needs_no_write_but_the_keys_last_use(api, account_id, shop):
    api.get(SITES, accountId=account_id)

    assert ApiKey.objects.get().last_used_at is not None
