"""Sitekey permissions: grant, change, remove, and shares that wait for their address."""

import pytest

from apps.accounts.models import Account
from apps.accounts.operations import create_verified_person
from apps.audit.models import AuditEvent
from apps.permissions.models import Share, WaitingShare
from tests.api.eucaptcha.conftest import PERMISSIONS, SITEKEYS, log_in, refused, violations
from tests.people import PASSWORD, Api


@pytest.fixture
def eu(calling, alice):
    return calling(alice)


@pytest.fixture
def jane(db):
    return create_verified_person(email="colleague@example.com", name="Jane van Doe", password=PASSWORD)


def grant(eu, shop, permission="read", email="colleague@example.com", **more):
    return eu.post(PERMISSIONS, {"sitekey_id": shop.pk, "email": email, "permission": permission, **more})


def test_granting_answers_the_permission_with_a_confirmation(eu, shop, jane):
    answer = grant(eu, shop)

    assert answer.status_code == 201
    body = answer.json()
    share = Share.objects.get()
    assert body == {
        "@id": f"{PERMISSIONS}/{share.pk}",
        "@type": "SitekeyPermission",
        "id": share.pk,
        "email": "colleague@example.com",
        "firstname": "Jane",
        "lastname": "van Doe",
        "permission": "read",
        "created_at": share.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "message": "colleague@example.com may now read this sitekey.",
    }
    listed = eu.get(PERMISSIONS, sitekey_id=shop.pk).json()
    del body["message"]
    assert listed == {"@id": PERMISSIONS, "@type": "Collection", "totalItems": 1, "member": [body]}
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert (event.action, event.changes) == ("share.granted", {"colleague@example.com": [None, "read"]})


def test_granting_twice_updates(eu, shop, jane):
    first, second = grant(eu, shop).json(), grant(eu, shop, "write", "Colleague@Example.com ").json()

    assert second["id"] == first["id"]
    assert second["permission"] == "write"
    assert Share.objects.get().level == "write"


@pytest.mark.parametrize("form", ["{}", "/captcha_sitekeys/{}", "/myra-auto-app-api/captcha_sitekeys/{}"])
def test_the_sitekey_may_be_an_iri(eu, shop, jane, form):
    answer = eu.post(PERMISSIONS, {"sitekey_id": form.format(shop.pk), "email": jane.email, "permission": "read"})

    assert answer.status_code == 201


def test_changing_and_removing(eu, shop, jane):
    iri = grant(eu, shop).json()["@id"]

    changed = eu.client.patch(iri, '{"permission": "write"}', content_type="application/merge-patch+json")
    assert changed.status_code == 200
    assert changed.json()["permission"] == "write"
    assert "message" not in changed.json()
    removed = eu.delete(iri)
    assert (removed.status_code, removed.content) == (204, b"")
    for again in (eu.delete(iri), eu.patch(iri, {"permission": "read"})):
        refused(again, 404)
    actions = [AuditEvent.objects.get(request_id=one["X-Request-ID"]).action for one in (changed, removed)]
    assert actions == ["share.changed", "share.removed"]


def test_an_address_that_belongs_to_nobody_is_a_404_that_says_to_invite(eu, shop):
    assert "Invite them to the account first" in refused(grant(eu, shop), 404)


def test_a_share_can_wait_where_the_account_allows_it(eu, shop, alice):
    Account.objects.filter(pk=alice.account.pk).update(lets_shares_wait=True)

    body = grant(eu, shop).json()

    waiting = WaitingShare.objects.get()
    assert body["id"] == -waiting.pk
    assert (body["firstname"], body["lastname"]) == ("", "")
    assert "once the address is verified" in body["message"]
    assert eu.get(PERMISSIONS, sitekey_id=shop.pk).json()["member"][0]["id"] == body["id"]
    assert eu.patch(body["@id"], {"permission": "write"}).json()["permission"] == "write"
    create_verified_person(email="colleague@example.com", name="Jane", password=PASSWORD)
    assert Share.objects.get().level == "write"
    refused(eu.delete(body["@id"]), 404)


def test_a_waiting_share_can_be_taken_back(eu, shop, alice):
    Account.objects.filter(pk=alice.account.pk).update(lets_shares_wait=True)
    iri = grant(eu, shop).json()["@id"]

    assert eu.delete(iri).status_code == 204
    assert not WaitingShare.objects.exists()
    refused(eu.delete(iri), 404)


def test_the_creator_can_be_neither_demoted_nor_removed(shop, alice, grace, make_key):
    answer = grant(Api(make_key(grace)), shop, "read", alice.user.email)

    assert "may do everything" in refused(answer, 409)
    assert not Share.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"permission": "owner"}, "permission"),
        ({"permission": "WRITE"}, "permission"),
        ({"permission": None}, "permission"),
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": 7}, "email"),
        ({"sitekey_id": None}, "sitekey_id"),
        ({"sitekey_id": [1]}, "sitekey_id"),
        ({"sitekey_id": True}, "sitekey_id"),
        ({"id": 3}, "id"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_a_violation(eu, shop, jane, change, field):
    assert list(violations(grant(eu, shop, **change))) == [field]
    assert not Share.objects.exists()


@pytest.mark.parametrize("reference", [0, -1, 10**20, "", "x", "/captcha_sitekeys/x", "/sites/1", "1\n", "٣"])
def test_a_reference_to_no_sitekey_is_a_404(eu, shop, jane, reference):
    refused(grant(eu, shop, sitekey_id=reference), 404)


@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 30, "x", "--1", "1.0"])
def test_an_id_that_is_none_is_a_404(eu, shop, number):
    refused(eu.patch(f"{PERMISSIONS}/{number}", {"permission": "read"}), 404)
    refused(eu.delete(f"{PERMISSIONS}/{number}"), 404)


def test_a_patch_with_another_field_is_refused_by_name(eu, shop, jane):
    iri = grant(eu, shop).json()["@id"]

    assert list(violations(eu.patch(iri, {"permission": "write", "email": "x@y.example"}))) == ["email"]
    assert list(violations(eu.patch(iri, {}))) == ["permission"]


@pytest.mark.parametrize(("query", "field"), [({}, "sitekey_id"), ({"sitekey_id": "x"}, "sitekey_id")])
def test_listing_needs_a_sitekey(eu, shop, query, field):
    assert list(violations(eu.get(PERMISSIONS, **query))) == [field]


def test_what_is_granted_holds_at_once(eu, shop, jane, alice):
    guest = Api()
    guest.client.defaults["HTTP_AUTHORIZATION"] = (
        "Bearer " + Api().post("/myra-auto-app-api/login", {"email": jane.email, "password": PASSWORD}).json()["token"]
    )
    assert guest.get(f"{SITEKEYS}/{shop.pk}").status_code == 404

    grant(eu, shop)

    assert guest.get(f"{SITEKEYS}/{shop.pk}").json()["permission"] == "read"
    assert log_in(alice)
