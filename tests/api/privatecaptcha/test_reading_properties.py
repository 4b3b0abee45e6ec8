"""Reading properties: pages of an organization's, and one with its settings."""

import pytest

from apps.audit import clock
from apps.sites.operations import create_site_without_secret
from tests.api.privatecaptcha.conftest import Portal, answered, results

FIELDS = ["id", "name", "domain", "sitekey", "level", "growth", "validity_seconds"]
SWITCHES = ["allow_subdomains", "allow_localhost", "max_replay_count"]


@pytest.fixture
def listing(alice, team, org_id):
    """The list of an organization with 60 properties, made in an order that is not that of their names."""
    now = clock.now()
    for number in range(60):
        with clock.at(now):
            create_site_without_secret(
                alice.actor,
                name=f"Site {number * 7 % 60:02}",
                allowed_origins=["https://site.example"],
                organization_id=team.pk,
            )
    return f"/org/{org_id}/properties"


def test_a_page_has_its_place_in_both_places(portal, listing):
    answer = portal.get(listing, page=1, per_page=10)

    data = answered(answer)
    assert data["pagination"] == answer.json()["pagination"] == {"page": 1, "per_page": 10, "has_more": True}
    assert len(data["properties"]) == 10
    assert all(list(one) == ["id", "name", "sitekey"] for one in data["properties"])


def test_the_pages_together_are_the_whole_list_in_the_order_of_making(portal, listing):
    pages = [answered(portal.get(listing, page=page, per_page=25)) for page in range(4)]

    names = [one["name"] for page in pages for one in page["properties"]]
    assert names == [f"Site {number * 7 % 60:02}" for number in range(60)]
    assert [page["pagination"]["has_more"] for page in pages] == [True, True, False, False]


@pytest.mark.parametrize(("asked", "given"), [({}, 50), ({"per_page": 51}, 50), ({"per_page": 10**30}, 50)])
def test_a_page_has_at_most_50_and_says_so(portal, listing, asked, given):
    data = answered(portal.get(listing, **asked))
    assert len(data["properties"]) == data["pagination"]["per_page"] == given


def test_the_smallest_page_has_one(portal, listing):
    assert answered(portal.get(listing, per_page=0))["pagination"]["per_page"] == 1


@pytest.mark.parametrize(
    "query",
    [{"page": -1}, {"page": "x"}, {"page": ""}, {"per_page": -1}, {"per_page": "ten"}, {"page": "1.5"}, {"colour": 1}],
)
def test_a_page_that_is_no_number_is_400(portal, org_id, query):
    answered(portal.get(f"/org/{org_id}/properties", **query), 1001, 400)


def test_a_page_beyond_the_end_is_empty(portal, listing):
    for page in (9, 10**30):
        data = answered(portal.get(listing, page=page))
        assert data == {"properties": [], "pagination": {"page": page, "per_page": 50, "has_more": False}}


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("date_asc", "Site 00"),
        ("date_desc", "Site 53"),
        ("name_asc", "Site 00"),
        ("name_desc", "Site 59"),
        ("?", "Site 00"),
    ],
)
def test_the_order_can_be_chosen(portal, listing, sort, first):
    assert answered(portal.get(listing, sort=sort))["properties"][0]["name"] == first


def test_an_organization_lists_its_own_living_properties_only(portal, alice, shop, org_id, properties):
    kept, deleted = properties("Kept", "Deleted")
    other = answered(portal.post("/org", {"name": "Other"}))["id"]
    results(portal, portal.post(f"/org/{other}/properties", [{"name": "There", "domain": "there.example"}]))
    results(portal, portal.delete("/properties", [deleted["id"]]))

    listed = answered(portal.get(f"/org/{org_id}/properties"))["properties"]

    assert listed == [{"id": kept["id"], "name": "Kept", "sitekey": kept["sitekey"]}]


def test_one_property_has_all_ten_fields(portal, org_id, properties):
    [made] = properties("Blog")

    shown = answered(portal.get(f"/org/{org_id}/property/{made['id']}"))

    assert list(shown) == FIELDS + SWITCHES
    assert (shown["allow_subdomains"], shown["allow_localhost"]) == (False, False)


def test_a_property_that_is_not_in_the_organization_is_none(portal, alice, shop, org_id, properties):
    [made] = properties("Blog")
    other = answered(portal.post("/org", {"name": "Other"}))["id"]

    answered(portal.get(f"/org/{other}/property/{made['id']}"), 1212)
    for odd in ("x", org_id, "vDWtASYqrB", "é", "0", made["sitekey"]):
        answered(portal.get(f"/org/{org_id}/property/{odd}"), 1212)
        answered(portal.get(f"/org/{odd}x/property/{made['id']}"), 1109)


def test_a_member_reads_what_is_theirs_or_shared(portal, carol, make_key, alice, team, org_id, properties):
    [made] = properties("Blog")
    member = Portal(make_key(carol))

    assert answered(member.get(f"/org/{org_id}/properties"))["properties"] == []
    answered(member.get(f"/org/{org_id}/property/{made['id']}"), 1212)


def test_paths_answer_with_and_without_a_trailing_slash(portal, org_id):
    for path in ("/orgs/", f"/org/{org_id}/properties/"):
        answered(portal.get(path))
