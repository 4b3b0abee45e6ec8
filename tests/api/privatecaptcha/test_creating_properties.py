"""Creating properties: looked at all together, made one by one by a task."""

from typing import Any

import pytest

from apps.accounts.models import Account
from apps.audit.models import AuditEvent
from apps.sites.models import Site, SiteSecret
from apps.sites.operations import create_site_without_secret
from apps.tasks.models import Task
from tests.api.privatecaptcha.conftest import Portal, answered, results, work_off

BLOG = {"name": "Blog", "domain": "blog.example.com"}


def path(org_id: str) -> str:
    return f"/org/{org_id}/properties"


def refused(portal: Portal, org_id: str, body: Any, code: int, status: int = 200) -> str:
    """The description of a refused batch, of which nothing was done."""
    told = str(answered(portal.post(path(org_id), body), code, status))
    assert not Task.objects.exists()
    return told


def test_a_batch_is_a_task_that_gives_ids_and_site_keys_in_the_order_of_the_items(portal, org_id):
    names = [f"Site {number}" for number in range(5)]
    body = [{"name": name, "domain": "example.com"} for name in names]
    answer = portal.post(path(org_id), body)

    started = answered(answer)
    assert list(started) == ["id"]
    assert answered(portal.get(f"/asynctask/{started['id']}")) == {
        "id": started["id"],
        "finished": False,
        "result": None,
    }
    made = results(portal, answer)

    assert [set(one) for one in made] == [{"code", "id", "sitekey"}] * 5
    assert {one["code"] for one in made} == {1000}
    shown = [answered(portal.get(f"/org/{org_id}/property/{one['id']}")) for one in made]
    assert [one["name"] for one in shown] == names
    assert [one["sitekey"] for one in shown] == [one["sitekey"] for one in made]


def test_a_new_property_has_the_settings_that_were_given_and_the_usual_ones_besides(portal, org_id):
    [made] = results(portal, portal.post(path(org_id), [BLOG | {"level": 12, "allow_subdomains": True}]))

    assert answered(portal.get(f"/org/{org_id}/property/{made['id']}")) == {
        "id": made["id"],
        "name": "Blog",
        "domain": "blog.example.com",
        "sitekey": made["sitekey"],
        "level": 12,
        "growth": "medium",
        "validity_seconds": 21600,
        "allow_subdomains": True,
        "allow_localhost": False,
        "max_replay_count": 1,
    }


def test_a_new_property_has_no_secret_and_its_making_is_in_the_log(portal, org_id):
    answer = portal.post(path(org_id), [BLOG])
    results(portal, answer)

    assert not SiteSecret.objects.exists()
    events = AuditEvent.objects.filter(request_id=answer["X-Request-ID"]).order_by("pk")
    assert [event.action for event in events] == ["task.started", "site.created"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"level": 0}, {"level": 1}),
        ({"level": -5}, {"level": 1}),
        ({"level": 256}, {"level": 255}),
        ({"level": 10**30}, {"level": 255}),
        ({"growth": "explosive"}, {"growth": "medium"}),
        ({"growth": ""}, {"growth": "medium"}),
        ({"growth": "fast"}, {"growth": "fast"}),
        ({"validity_seconds": 0}, {"validity_seconds": 300}),
        ({"validity_seconds": 449}, {"validity_seconds": 300}),
        ({"validity_seconds": 1000}, {"validity_seconds": 600}),
        ({"validity_seconds": 10**12}, {"validity_seconds": 604800}),
        ({"max_replay_count": 0}, {"max_replay_count": 1}),
        ({"max_replay_count": 2_000_000}, {"max_replay_count": 1_000_000}),
        ({"allow_localhost": True}, {"allow_localhost": True}),
        ({"level": None, "growth": None, "allow_subdomains": None}, {"growth": "medium", "allow_subdomains": False}),
    ],
)
def test_settings_are_clamped_and_never_refused(portal, org_id, given, stored):
    [made] = results(portal, portal.post(path(org_id), [BLOG | given]))

    shown = answered(portal.get(f"/org/{org_id}/property/{made['id']}"))
    assert {field: shown[field] for field in stored} == stored


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", 1201),
        (" ", 1201),
        ("x" * 256, 1202),
        ("é" * 128, 1202),
        ("Rock & Roll", 1203),
        ("a/b", 1203),
        ("a\nb", 1203),
        ("☺", 1203),
    ],
)
def test_a_name_that_cannot_be_used_says_why_and_where(portal, org_id, name, code):
    told = refused(portal, org_id, [BLOG, {"name": name, "domain": "b.example"}], code)
    assert told.startswith("Item 1, name: ")


@pytest.mark.parametrize("name", ["x" * 255, "It's a-_.:()[] name", "日本", "  trimmed  "])
def test_letters_digits_and_some_signs_are_a_name(portal, org_id, name):
    [made] = results(portal, portal.post(path(org_id), [{"name": name, "domain": "b.example"}]))
    assert answered(portal.get(f"/org/{org_id}/property/{made['id']}"))["name"] == name.strip()


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("", 1205),
        ("  ", 1205),
        ("localhost", 1206),
        ("https://LOCALHOST:3000/x", 1206),
        ("app.localhost", 1206),
        ("127.0.0.1", 1206),
        ("http://127.8.8.8:80", 1206),
        ("[::1]:8080", 1206),
        ("::1", 1206),
        ("0.0.0.0", 1206),
        ("192.0.2.1", 1207),
        ("https://192.0.2.1/path", 1207),
        ("2001:db8::1", 1207),
        ("[2001:db8::1]", 1207),
        ("1.2.3", 1207),
        ("exa_mple.com", 1208),
        ("-x-.example", 1208),
        ("xn--a.example", 1208),
        ("a..example", 1208),
        ("intranet", 1208),
        ("*.example.com", 1208),
        ("x" * 64 + ".example", 1208),
        ("https://", 1210),
        ("two words.example", 1210),
        ("http://[::1", 1210),
        ("example.com:port", 1210),
        ("a" * 3000, 1210),
        (":8080", 1210),
    ],
)
def test_a_domain_that_cannot_be_used_says_why_and_where(portal, org_id, domain, code):
    told = refused(portal, org_id, [BLOG, BLOG | {"name": "b", "domain": domain}], code)
    assert told.startswith("Item 1, domain: ")


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("Shop.Example.COM", "shop.example.com"),
        ("www.example.com", "www.example.com"),
        ("https://user:pw@shop.example.com:8443/cart?x=1#y", "shop.example.com"),
        ("shop.example.com.", "shop.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("shop.example.com/cart", "shop.example.com"),
        ("//shop.example.com", "shop.example.com"),
    ],
)
def test_an_address_is_reduced_to_its_host(portal, org_id, typed, host):
    [made] = results(portal, portal.post(path(org_id), [BLOG | {"domain": typed}]))

    assert answered(portal.get(f"/org/{org_id}/property/{made['id']}"))["domain"] == host
    assert Site.objects.get().allowed_origins == [f"https://{host}"]


def test_the_first_bad_item_is_told_and_none_is_made(portal, org_id):
    body = [BLOG, BLOG | {"name": ""}, BLOG | {"name": "c", "domain": ""}]
    assert refused(portal, org_id, body, 1201) == "Item 1, name: Name cannot be empty."
    assert not Site.objects.exists()


def test_a_name_is_taken_once_in_the_batch_and_in_the_organization(portal, alice, org_id, properties):
    assert refused(portal, org_id, [BLOG, BLOG], 1204).startswith("Item 1, name: ")
    properties("Blog")
    Task.objects.all().delete()
    refused(portal, org_id, [BLOG | {"name": " Blog "}], 1204)

    other = answered(portal.post("/org", {"name": "Other"}))["id"]
    assert results(portal, portal.post(path(other), [BLOG]))[0]["code"] == 1000


def test_a_name_that_is_taken_meanwhile_fails_its_item_alone(portal, alice, team, org_id):
    answer = portal.post(path(org_id), [BLOG, BLOG | {"name": "Shop"}])
    create_site_without_secret(alice.actor, name="Blog", allowed_origins=["https://b.example"], organization_id=team.pk)

    failed, done = results(portal, answer)

    assert (failed["code"], done["code"]) == (1204, 1000)
    assert "Blog" in failed["description"]
    assert set(failed) == {"code", "description"}


def test_a_batch_has_1_to_128_items(portal, org_id):
    items = [{"name": f"Site {number}", "domain": "example.com"} for number in range(129)]

    refused(portal, org_id, [], 1001, 400)
    assert "128" in refused(portal, org_id, items, 1200)
    made = results(portal, portal.post(path(org_id), items[:128]))

    assert [one["code"] for one in made] == [1000] * 128
    assert len({one["id"] for one in made}) == len({one["sitekey"] for one in made}) == 128


def test_an_account_without_room_is_told_at_once_and_with_too_little_item_by_item(portal, account, org_id):
    Account.objects.filter(pk=account.pk).update(most_sites=2)

    made = results(portal, portal.post(path(org_id), [BLOG | {"name": name} for name in ("a", "b", "c")]))

    assert [one["code"] for one in made] == [1000, 1000, 1300]
    assert "2 of 2" in answered(portal.post(path(org_id), [BLOG | {"name": "d"}]), 1300)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a", "domain": "a.example"},
        ["a"],
        [None],
        [{"name": 1, "domain": "a.example"}],
        [BLOG | {"level": "high"}],
        [BLOG | {"level": 1.5}],
        [BLOG | {"allow_subdomains": 1}],
        [BLOG | {"colour": "red"}],
        [[]],
    ],
)
def test_a_body_of_other_types_is_400(portal, org_id, body):
    refused(portal, org_id, body, 1001, 400)


def test_the_place_of_a_wrong_type_is_told(portal, org_id):
    assert "[1].level" in refused(portal, org_id, [BLOG, BLOG | {"level": "high"}], 1001, 400)


def test_a_viewer_cannot_create_and_is_told_before_anything_else(victor, make_key, org_id, properties):
    properties("Blog")
    answer = Portal(make_key(victor)).post(path(org_id), [BLOG])
    assert answered(answer, 1001, 403)
    assert answer["X-Accepted-Permissions"] == "createSite"


def test_who_loses_the_permission_before_the_work_is_done_makes_nothing(portal, alice, org_id):
    answer = portal.post(path(org_id), [BLOG])
    membership = alice.membership
    membership.role = "viewer"
    membership.save()
    task_id = answered(answer)["id"]
    work_off(task_id)

    assert not Site.objects.exists()
    membership.role = "owner"
    membership.save()
    [failed] = answered(portal.get(f"/asynctask/{task_id}"))["result"]
    assert failed["code"] == 1106
    assert "createSite" in failed["description"]
