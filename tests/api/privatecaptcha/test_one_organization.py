"""A key that is limited to one organization: it does there what it may, and is refused everywhere else."""

import pytest

from apps.api_keys.operations import create_key
from apps.permissions.catalogue import CATALOGUE
from apps.sites.models import Site
from tests.api.privatecaptcha.conftest import Portal, answered, results

ITEM = {"name": "Blog", "domain": "blog.example"}


@pytest.fixture
def limited(alice, team):
    """Calls with a key of Alice's that holds everything, for one organization."""
    made = create_key(
        alice.actor, name="Team only", permissions=list(CATALOGUE), expires_at=None, organization_id=team.pk
    )
    return Portal(made.token.reveal())


@pytest.fixture
def other_id(portal, org_id):
    """Another organization, with a property."""
    other = answered(portal.post("/org", {"name": "Other"}))["id"]
    results(portal, portal.post(f"/org/{other}/properties", [ITEM]))
    return other


def test_it_lists_its_organization_alone(limited, org_id, other_id):
    assert answered(limited.get("/orgs")) == [{"id": org_id, "name": "Team"}]


def test_it_creates_changes_and_deletes_properties_there(limited, org_id):
    [made] = results(limited, limited.post(f"/org/{org_id}/properties", [ITEM]))
    changed = results(limited, limited.put("/properties", [{"id": made["id"], "level": 3}]))

    assert (made["code"], changed[0]["code"]) == (1000, 1000)
    assert answered(limited.get(f"/org/{org_id}/property/{made['id']}"))["level"] == 3
    assert [one["id"] for one in answered(limited.get(f"/org/{org_id}/properties"))["properties"]] == [made["id"]]
    assert results(limited, limited.delete("/properties", [made["id"]]))[0]["code"] == 1000


def test_another_organization_is_403_and_1106(portal, limited, other_id):
    [there] = answered(portal.get(f"/org/{other_id}/properties"))["properties"]

    for path in (f"/org/{other_id}/properties", f"/org/{other_id}/property/{there['id']}"):
        answered(limited.get(path), 1106, 403)
    answered(limited.post(f"/org/{other_id}/properties", [ITEM]), 1106, 403)
    for call in (limited.put, limited.delete):
        assert call("/org", {"id": other_id, "name": "Mine"}).status_code == 403


def test_it_makes_no_organization(limited):
    answered(limited.post("/org", {"name": "New"}), 1001, 403)


def test_a_property_of_another_organization_fails_its_item(portal, limited, other_id):
    [there] = answered(portal.get(f"/org/{other_id}/properties"))["properties"]

    changed = results(limited, limited.put("/properties", [{"id": there["id"], "level": 3}]))
    deleted = results(limited, limited.delete("/properties", [there["id"]]))

    assert [one["code"] for one in (*changed, *deleted)] == [1212, 1212]
    site = Site.objects.get(key=there["sitekey"])
    assert (site.level, site.deleted_at) == (96, None)
