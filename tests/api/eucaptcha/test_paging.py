"""Collections: thirty a page, with a view where there is more than one."""

from urllib.parse import urlsplit

import pytest

from apps.accounts.operations import create_verified_person
from apps.permissions.models import Share
from apps.sites.models import Site
from tests.api.eucaptcha.conftest import PERMISSIONS, SITEKEYS, violations
from tests.people import PASSWORD


@pytest.fixture
def eu(calling, alice):
    return calling(alice)


@pytest.fixture
def make_sites(alice):
    def make(count: int) -> None:
        Site.objects.bulk_create(
            Site(account=alice.account, name=f"{number}", allowed_origins=["https://x.example"], created_by=alice.user)
            for number in range(count)
        )

    return make


@pytest.mark.parametrize("count", [0, 1, 30])
def test_one_page_has_no_view(eu, make_sites, count):
    make_sites(count)

    body = eu.get(SITEKEYS).json()

    assert list(body) == ["@id", "@type", "totalItems", "member"]
    assert (body["@id"], body["@type"], body["totalItems"], len(body["member"])) == (
        SITEKEYS,
        "Collection",
        count,
        count,
    )


def test_pages_follow_each_other_and_show_each_once_in_order(eu, make_sites):
    make_sites(61)
    address, seen, views = SITEKEYS, [], []
    while address:
        body = eu.client.get(address).json()
        assert body["totalItems"] == 61
        seen += [one["id"] for one in body["member"]]
        views.append(body["view"])
        address = body["view"].get("next")

    assert seen == sorted(Site.objects.values_list("pk", flat=True))
    link = f"{SITEKEYS}?page="
    assert views == [
        {
            "@id": f"{link}1",
            "@type": "PartialCollectionView",
            "first": f"{link}1",
            "last": f"{link}3",
            "next": f"{link}2",
        },
        {
            "@id": f"{link}2",
            "@type": "PartialCollectionView",
            "first": f"{link}1",
            "last": f"{link}3",
            "previous": f"{link}1",
            "next": f"{link}3",
        },
        {
            "@id": f"{link}3",
            "@type": "PartialCollectionView",
            "first": f"{link}1",
            "last": f"{link}3",
            "previous": f"{link}2",
        },
    ]


@pytest.mark.parametrize("page", [4, 10**6, 10**18, 10**40])
def test_behind_the_last_page_there_is_nothing_and_a_way_back(eu, make_sites, page):
    make_sites(61)

    answer = eu.get(SITEKEYS, page=page)

    body = answer.json()
    assert body["member"] == []
    assert body["totalItems"] == 61
    assert body["view"]["previous"] == f"{SITEKEYS}?page=3"
    assert "next" not in body["view"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "9" * 5000])
def test_a_page_that_is_none_is_a_422(eu, page):
    assert list(violations(eu.get(SITEKEYS, page=page))) == ["page"]


def test_a_page_given_twice_is_a_400(eu):
    assert eu.client.get(f"{SITEKEYS}?page=1&page=2").status_code == 400


def test_other_parameters_mean_nothing(eu):
    assert eu.get(SITEKEYS, itemsPerPage=1, **{"order[id]": "desc"}).status_code == 200


def test_the_links_of_permissions_keep_the_sitekey(eu, shop):
    people = [create_verified_person(email=f"{number}@x.example", name="X", password=PASSWORD) for number in range(31)]
    Share.objects.bulk_create(Share(site=shop, person=person, level="read") for person in people)

    body = eu.get(PERMISSIONS, sitekey_id=shop.pk).json()

    assert (body["totalItems"], len(body["member"])) == (31, 30)
    assert urlsplit(body["view"]["next"]).query == f"sitekey_id={shop.pk}&page=2"
    assert len(eu.client.get(body["view"]["next"]).json()["member"]) == 1
