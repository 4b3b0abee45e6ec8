"""Organizations: listed, created, renamed, deleted; and every code about them."""

from typing import Any

import pytest

from apps.accounts.models import Account, Organization
from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.organizations import create_organization
from tests.api.privatecaptcha.conftest import Portal, answered


def test_a_key_lists_the_accounts_organizations_and_no_others(portal, alice, dave):
    create_organization(dave.actor, name="Dave's")
    made = [create_organization(alice.actor, name=name) for name in ("Website", "Docs")]

    listed = answered(portal.get("/orgs"))

    assert [one["name"] for one in listed] == [organization.name for organization in made]
    assert all(set(one) == {"id", "name"} for one in listed)


def test_a_new_organization_has_an_id_that_lists_give_too(portal):
    made = answered(portal.post("/org", {"name": " New Marketing Org "}))

    assert made["name"] == "New Marketing Org"
    assert answered(portal.get("/orgs")) == [made]
    event = AuditEvent.objects.get(action="organization.created")
    assert (event.surface, event.target_label) == ("privatecaptcha", "New Marketing Org")


@pytest.mark.parametrize("given", ["", None])
def test_an_id_that_is_empty_is_none(portal, given):
    assert answered(portal.post("/org", {"id": given, "name": "New"}))["name"] == "New"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", 1100),
        ("  \t ", 1100),
        ("x" * 256, 1101),
        ("é" * 128, 1101),
        ("Tab\there", 1102),
        ("50% off", 1102),
        ("Rock/Roll", 1102),
        ("smile ☺", 1102),
        ("evil\u202eeman", 1102),
    ],
)
def test_a_name_that_cannot_be_used_says_why(portal, org_id, name, code):
    answered(portal.post("/org", {"name": name}), code)
    answered(portal.put("/org", {"id": org_id, "name": name}), code)
    assert Organization.objects.get().name == "Team"


def test_a_name_that_is_left_out_is_empty(portal, org_id):
    assert answered(portal.post("/org", {}), 1100) == "Name cannot be empty."
    answered(portal.put("/org", {"id": org_id}), 1100)


@pytest.mark.parametrize("name", ["x" * 255, "A '-_&.:()[] z9", "Müller & Söhne", "東京", "हिन्दी"])
def test_letters_digits_and_some_signs_are_a_name(portal, name):
    assert answered(portal.post("/org", {"name": name}))["name"] == name


def test_a_name_is_taken_once_among_the_living(portal, org_id):
    assert answered(portal.post("/org", {"name": "Team"}), 1103)
    other = answered(portal.post("/org", {"name": "Other"}))
    answered(portal.put("/org", {"id": other["id"], "name": "Team"}), 1103)
    answered(portal.delete("/org", {"id": org_id}))
    assert answered(portal.post("/org", {"name": "Team"}))["id"] != org_id


def test_renaming_keeps_the_id(portal, org_id):
    renamed = answered(portal.put("/org", {"id": org_id, "name": "Renamed"}))

    assert renamed == {"id": org_id, "name": "Renamed"}
    assert answered(portal.get("/orgs")) == [renamed]


def test_an_id_is_needed_where_one_is_and_refused_where_none_is(portal, org_id):
    assert answered(portal.post("/org", {"id": org_id, "name": "New"}), 1107) == "Organization ID must be empty."
    for body in ({"name": "New"}, {"id": "", "name": "New"}):
        answered(portal.put("/org", body), 1108)
        answered(portal.delete("/org", body), 1108)


@pytest.mark.parametrize("odd", ["x", "vDWtASYqrB", "1", "é" * 10, "a" * 500, "-" * 10, "../../etc"])
def test_what_is_no_id_is_told_from_one_of_something_that_is_gone(portal, org_id, odd):
    answered(portal.put("/org", {"id": odd, "name": "New"}), 1109)
    answered(portal.delete("/org", {"id": odd}), 1109)
    answered(portal.delete("/org", {"id": org_id}))
    answered(portal.put("/org", {"id": org_id, "name": "New"}), 1105)
    answered(portal.delete("/org", {"id": org_id}), 1105)
    answered(portal.get(f"/org/{org_id}/properties"), 1105)


def test_a_strangers_organization_is_not_there(portal, dave, make_key):
    foreign = answered(Portal(make_key(dave)).post("/org", {"name": "Dave's"}))["id"]

    answered(portal.put("/org", {"id": foreign, "name": "Mine now"}), 1105)
    answered(portal.delete("/org", {"id": foreign}), 1105)
    answered(portal.get(f"/org/{foreign}/properties"), 1105)
    answered(portal.post(f"/org/{foreign}/properties", [{"name": "a", "domain": "a.example"}]), 1105)
    assert Organization.objects.get().name == "Dave's"


def test_the_accounts_limit_is_told(portal, account, org_id):
    Account.objects.filter(pk=account.pk).update(most_organizations=1)

    answered(portal.post("/org", {"name": "One too many"}), 1104)

    answered(portal.delete("/org", {"id": org_id}))
    answered(portal.post("/org", {"name": "Another one"}))


def test_deleting_takes_the_properties_along_and_says_nothing_more(portal, org_id, properties):
    [made] = properties("Blog")

    answer = portal.delete("/org", {"id": org_id})

    assert answered(answer) is None
    assert list(answer.json()) == ["meta"]
    assert answered(portal.get("/orgs")) == []
    assert Site.objects.get(key=made["sitekey"]).deleted_at is not None


@pytest.mark.parametrize("body", [{"name": 1}, {"name": "a", "colour": "red"}, [], "x", None, {"name": ["a"]}])
def test_a_body_that_is_no_organization_is_400(portal, body):
    answer = portal.call("POST", "/org", body if body is not None else b"null")
    assert answered(answer, 1001, 400)


def test_a_member_may_list_and_not_change(carol, make_key, org_id):
    member: Any = Portal(make_key(carol))

    assert [one["id"] for one in answered(member.get("/orgs"))] == [org_id]
    for call, body in (
        (member.post, {"name": "New"}),
        (member.put, {"id": org_id, "name": "New"}),
        (member.delete, {"id": org_id}),
    ):
        answer = call("/org", body)
        assert "lacks" in answered(answer, 1001, 403) or "cannot be used" in answered(answer, 1001, 403)
        assert answer["X-Accepted-Permissions"].endswith("Organization")
