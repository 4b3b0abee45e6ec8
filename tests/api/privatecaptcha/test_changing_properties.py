"""Changing and deleting properties: a patch for each, by a task."""

import pytest

from apps.permissions.models import ShareLevel
from apps.sites.models import Site
from apps.sites.operations import delete_site
from apps.sites.sharing import share_site
from apps.tasks.models import Task
from tests.api.privatecaptcha.conftest import Portal, answered, results


@pytest.fixture
def blog(properties):
    """A property."""
    return properties("Blog", level=9, growth="fast")[0]


def shown(portal, org_id, made):
    return answered(portal.get(f"/org/{org_id}/property/{made['id']}"))


def test_a_field_that_is_left_out_keeps_its_value(portal, org_id, blog):
    before = shown(portal, org_id, blog)

    assert results(portal, portal.put("/properties", [{"id": blog["id"], "level": 2}])) == [
        {"code": 1000, "id": blog["id"], "sitekey": blog["sitekey"]}
    ]
    assert shown(portal, org_id, blog) == before | {"level": 2}


def test_every_setting_can_be_changed_and_is_clamped(portal, org_id, blog):
    wanted = {
        "name": "Renamed",
        "domain": "https://new.example/path",
        "level": 999,
        "growth": "nonsense",
        "validity_seconds": 100_000,
        "allow_subdomains": True,
        "allow_localhost": True,
        "max_replay_count": 0,
    }

    results(portal, portal.put("/properties", [{"id": blog["id"]} | wanted]))

    assert shown(portal, org_id, blog) == {
        "id": blog["id"],
        "name": "Renamed",
        "domain": "new.example",
        "sitekey": blog["sitekey"],
        "level": 255,
        "growth": "medium",
        "validity_seconds": 86400,
        "allow_subdomains": True,
        "allow_localhost": True,
        "max_replay_count": 1,
    }


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ({"level": 2}, 1211, "id"),
        ({"id": "", "level": 2}, 1211, "id"),
        ({"id": "x", "level": 2}, 1212, "id"),
        ({"id": "@", "name": ""}, 1201, "name"),
        ({"id": "@", "name": "x" * 256}, 1202, "name"),
        ({"id": "@", "name": "a&b"}, 1203, "name"),
        ({"id": "@", "domain": ""}, 1205, "domain"),
        ({"id": "@", "domain": "localhost"}, 1206, "domain"),
    ],
)
def test_an_item_that_cannot_be_used_stops_all_and_is_named(portal, org_id, properties, item, code, field):
    first, second = properties("a", "b")
    Task.objects.all().delete()
    sent = {name: second["id"] if value == "@" else value for name, value in item.items()}

    told = answered(portal.put("/properties", [{"id": first["id"], "level": 77}, sent]), code)

    assert told.startswith(f"Item 1, {field}: ")
    assert not Task.objects.exists()


def test_an_id_that_is_given_twice_is_refused_for_a_change_and_counts_once_for_a_deletion(portal, blog):
    twice = [{"id": blog["id"], "level": 1}, {"id": blog["id"], "level": 2}]
    assert answered(portal.put("/properties", twice), 1213).startswith("Item 1, id: ")

    assert len(results(portal, portal.delete("/properties", [blog["id"], blog["id"]]))) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_batch_has_1_to_128_items(portal, blog, method):
    item = {"id": blog["id"], "level": 1} if method == "PUT" else blog["id"]
    answered(portal.call(method, "/properties", []), 1001, 400)
    answered(portal.call(method, "/properties", [item] * 129), 1200)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("body", [{}, [1], [None], "x", [["a"]], b"", b"[", b"null"])
def test_a_body_of_other_types_is_400(portal, method, body):
    answered(portal.call(method, "/properties", body), 1001, 400)


def test_a_deletion_needs_ids(portal, blog):
    assert answered(portal.delete("/properties", [blog["id"], ""]), 1211).startswith("Item 1, id: ")
    assert answered(portal.delete("/properties", [blog["id"], "nonsense"]), 1212).startswith("Item 1, id: ")
    assert Site.objects.get().deleted_at is None


def test_a_deleted_property_is_gone_and_its_name_free(portal, org_id, blog, properties):
    assert results(portal, portal.delete("/properties", [blog["id"]]))[0]["code"] == 1000

    answered(portal.get(f"/org/{org_id}/property/{blog['id']}"), 1212)
    assert properties("Blog")[0]["code"] == 1000


def test_what_is_gone_or_a_strangers_fails_its_item_alone(portal, alice, dave, make_key, blog, properties):
    stranger = Portal(make_key(dave))
    mine = [properties(name)[0] for name in ("Gone", "Kept")]
    delete_site(alice.actor, site_key=mine[0]["sitekey"])
    ids = [mine[0]["id"], mine[1]["id"]]

    changed = results(portal, portal.put("/properties", [{"id": one, "level": 3} for one in ids]))
    assert [one["code"] for one in changed] == [1212, 1000]
    foreign = results(stranger, stranger.put("/properties", [{"id": one, "level": 4} for one in ids]))
    assert [one["code"] for one in foreign] == [1212, 1212]
    assert foreign[0]["description"] == foreign[1]["description"]
    gone = results(portal, portal.delete("/properties", ids))
    assert [one["code"] for one in gone] == [1212, 1000]


def test_a_name_that_is_taken_fails_its_item_alone(portal, properties):
    blog, shop = properties("Blog", "Shop")

    items = [{"id": blog["id"], "name": "Shop"}, {"id": shop["id"], "level": 5}]
    assert [one["code"] for one in results(portal, portal.put("/properties", items))] == [1204, 1000]


def test_a_property_that_is_only_shared_for_reading_is_1214(alice, bob, carol, make_key, blog):
    for person, level in ((bob, ShareLevel.READ), (carol, ShareLevel.WRITE)):
        share_site(alice.actor, site_key=blog["sitekey"], email=person.user.email, level=level)
    reader, writer = Portal(make_key(bob)), Portal(make_key(carol))
    change = [{"id": blog["id"], "level": 50}]

    assert results(reader, reader.put("/properties", change))[0]["code"] == 1214
    assert results(writer, writer.put("/properties", change))[0]["code"] == 1000
    assert results(writer, writer.delete("/properties", [blog["id"]]))[0]["code"] == 1214
