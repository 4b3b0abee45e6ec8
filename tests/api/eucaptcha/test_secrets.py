"""Additional secrets: whole once, masked afterwards, dead at once, ten at most and one at least."""

import re
from datetime import timedelta

import pytest

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.sites.models import SiteSecret
from apps.sites.secrets import rotate_secret
from tests.api.eucaptcha.conftest import SECRETS, SITEKEYS, VERIFY, refused, violations
from tests.people import Api


@pytest.fixture
def eu(calling, alice):
    return calling(alice)


def add(eu, shop, **more):
    return eu.post(SECRETS, {"sitekey": f"/captcha_sitekeys/{shop.pk}", **more})


def codes(shop, secret: str) -> list[str]:
    body = {"sitekey": shop.site_key, "secret": secret, "client_token": "x"}
    return list(Api().post(VERIFY, body).json()["error-codes"])


def test_a_new_secret_is_whole_once_and_works_beside_the_first(eu, shop):
    answer = add(eu, shop, label="Shop server")

    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert re.fullmatch(r"ss_live_[0-9A-Za-z]{38}", body["secret"])
    stored = SiteSecret.objects.get(label="Shop server")
    assert body == {
        "@id": f"{SECRETS}/{stored.pk}",
        "@type": "CaptchaSecret",
        "id": stored.pk,
        "secret": body["secret"],
        "label": "Shop server",
        "created_at": stored.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last_used_at": None,
    }
    listed = eu.get(f"{SECRETS}/{shop.pk}").json()
    assert listed["totalItems"] == 2
    assert listed["member"][0] == body | {"secret": f"ss_live_…{body['secret'][-4:]}"}
    assert codes(shop, body["secret"]) == ["invalid-input-response"]
    assert eu.get(f"{SECRETS}/{shop.pk}").json()["member"][0]["last_used_at"] is not None
    assert eu.get(f"{SITEKEYS}/{shop.pk}").json()["secret"] == listed["member"][0]["secret"]
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert event.action == "secret.added"
    assert body["secret"] not in str(event.changes)


@pytest.mark.parametrize(
    "form", ["/captcha_sitekeys/{}", "/myra-auto-app-api/captcha_sitekeys/{}", "{}"], ids=["iri", "with base", "text"]
)
def test_the_sitekey_is_an_iri_with_the_base_or_without_it_or_the_id(eu, shop, form):
    assert eu.post(SECRETS, {"sitekey": form.format(shop.pk)}).status_code == 201
    assert eu.post(SECRETS, {"sitekey": shop.pk}).status_code == 201


@pytest.mark.parametrize(
    "reference",
    ["", "x", "/captcha_sitekeys/", "/captcha_sitekeys/1/2", "captcha_sitekeys/1", 0, -1, 10**25, "http://x/1"],
)
def test_a_reference_to_no_sitekey_is_a_404(eu, shop, reference):
    refused(eu.post(SECRETS, {"sitekey": reference}), 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sitekey"),
        ({"sitekey": None}, "sitekey"),
        ({"sitekey": {}}, "sitekey"),
        ({"sitekey": "1", "secret": "x"}, "secret"),
        ({"sitekey": "SHOP", "label": "x" * 121}, "label"),
        ({"sitekey": "SHOP", "label": "a\u202eb"}, "label"),
        ({"sitekey": "SHOP", "label": 1}, "label"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_a_violation(eu, shop, body, field):
    named = {name: shop.pk if value == "SHOP" else value for name, value in body.items()}

    assert list(violations(eu.post(SECRETS, named))) == [field]
    assert SiteSecret.objects.count() == 1


def test_a_deleted_secret_is_dead_at_once(eu, shop):
    made = add(eu, shop).json()

    answer = eu.delete(f"{SECRETS}/{made['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert codes(shop, made["secret"]) == ["invalid-input-secret"]
    refused(eu.delete(f"{SECRETS}/{made['id']}"), 404)
    assert AuditEvent.objects.get(request_id=answer["X-Request-ID"]).action == "secret.deleted"


def test_the_last_live_secret_cannot_be_deleted(eu, shop):
    only = shop.secrets.get()

    assert "last live secret" in refused(eu.delete(f"{SECRETS}/{only.pk}"), 409)
    assert shop.secrets.get() == only


def test_eleven_are_too_many(eu, shop):
    for _ in range(9):
        assert add(eu, shop).status_code == 201

    assert "10 live secrets" in refused(add(eu, shop), 409)
    assert eu.get(f"{SECRETS}/{shop.pk}").json()["totalItems"] == 10


def test_rotated_secrets_are_listed_as_long_as_they_live(eu, shop, alice):
    rotate_secret(alice.actor, site_key=shop.site_key, overlap=timedelta(hours=1))
    assert eu.get(f"{SECRETS}/{shop.pk}").json()["totalItems"] == 2

    SiteSecret.objects.exclude(expires_at=None).update(expires_at=clock.now())

    assert eu.get(f"{SECRETS}/{shop.pk}").json()["totalItems"] == 1


@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 30, "x", "1.0"])
def test_an_id_that_is_none_is_a_404(eu, shop, number):
    refused(eu.get(f"{SECRETS}/{number}"), 404)
    refused(eu.delete(f"{SECRETS}/{number}"), 404)


def test_the_methods_of_both_paths(eu, shop):
    assert eu.client.put(f"{SECRETS}/{shop.pk}")["Allow"] == "DELETE, GET, HEAD"
    assert eu.get(SECRETS)["Allow"] == "POST"
