"""Sitekeys: shapes, what may be written, and what is refused by name."""

import re

import pytest
from django.test import Client

from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import restore_site
from tests.api.eucaptcha.conftest import SITEKEYS, refused, violations
from tests.people import Api

FIELDS = ["@id", "@type", "id", "siteKey", "label", "domain", "train", "initial_difficulty", "initial_delay"]
FIELDS += ["max_parallel", "permission"]


@pytest.fixture
def eu(calling, alice):
    return calling(alice)


@pytest.fixture
def item(shop):
    return f"{SITEKEYS}/{shop.pk}"


def test_a_new_sitekey_has_its_whole_secret_once(eu):
    answer = eu.post(SITEKEYS, {"label": "My Website", "domain": "example.com"})

    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == [*FIELDS, "secret"]
    assert isinstance(body["id"], int)
    assert body["@id"] == f"{SITEKEYS}/{body['id']}"
    assert re.fullmatch(r"pk_[0-9A-Za-z]{22}", body["siteKey"])
    assert re.fullmatch(r"ss_live_[0-9A-Za-z]{38}", body["secret"])
    assert (body["label"], body["domain"], body["train"]) == ("My Website", "example.com", True)
    assert (body["initial_difficulty"], body["initial_delay"], body["max_parallel"]) == (1, 3, 10)
    assert body["permission"] == "owner"
    later = eu.get(body["@id"]).json()
    assert later == body | {"secret": f"ss_live_…{body['secret'][-4:]}"}
    assert eu.get(SITEKEYS).json()["member"] == [later]
    site = Site.objects.get()
    assert (site.name, site.allowed_origins) == ("My Website", ["https://example.com"])
    assert AuditEvent.objects.get(request_id=answer["X-Request-ID"]).surface == "eucaptcha"


@pytest.mark.parametrize("label", [None, ""])
def test_a_sitekey_without_a_label_is_named_after_its_domain(eu, label):
    body = eu.post(SITEKEYS, {"domain": "example.com", "label": label}).json()

    assert body["label"] == ""
    assert Site.objects.get().name == "example.com"


def test_the_label_may_be_left_out_and_a_long_domain_fits(eu):
    domain = ".".join(["a" * 50] * 4) + ".example"

    body = eu.post(SITEKEYS, {"domain": domain}).json()

    assert (body["label"], body["domain"]) == ("", domain)


@pytest.mark.parametrize("content_type", ["application/json", "application/ld+json", "application/ld+json; a=b"])
def test_a_body_is_json_or_json_ld_whose_keywords_are_no_fields(eu, content_type):
    body = '{"@context": "/contexts/CaptchaSitekey", "@type": "CaptchaSitekey", "domain": "example.com"}'
    answer = eu.client.post(SITEKEYS, body, content_type=content_type)

    assert answer.status_code == (201 if "ld+json" in content_type else 422)


@pytest.mark.parametrize(
    ("content_type", "taken"), [("text/plain", False), ("application/merge-patch+json", True), ("", True)]
)
def test_a_patch_may_be_a_merge_patch_and_anything_else_is_a_415(eu, item, content_type, taken):
    answer = eu.client.generic("PATCH", item, b'{"train": false}', content_type)

    if taken:
        assert answer.json()["train"] is False
    else:
        assert "application/merge-patch+json" in refused(answer, 415)


@pytest.mark.parametrize("content_type", ["application/merge-patch+json", "text/plain", "application/xml", "json"])
def test_another_content_type_is_a_415_that_says_what_is_taken(eu, content_type):
    answer = eu.client.generic("POST", SITEKEYS, b'{"domain": "example.com"}', content_type)

    assert "Send the body as application/json or application/ld+json" in refused(answer, 415)


def test_a_form_is_a_415(eu):
    refused(eu.client.post(SITEKEYS, {"domain": "example.com"}), 415)


def test_patching_changes_what_is_given_and_nothing_else(eu, item, shop):
    before = eu.get(item).json()

    for change in [
        {"label": "New Label"},
        {"train": False},
        {"initial_difficulty": 3},
        {"initial_delay": 30},
        {"max_parallel": 1},
    ]:
        answer = eu.patch(item, change)
        assert answer.status_code == 200
        assert answer.json() == before | change
        before = answer.json()
    shop.refresh_from_db()
    assert (shop.name, shop.protection_enabled, shop.level) == ("New Label", False, 224)
    assert (shop.initial_delay, shop.max_parallel) == (30, 1)


def test_an_empty_patch_changes_nothing_and_records_nothing(eu, item):
    before, events = eu.get(item).json(), AuditEvent.objects.count()

    assert eu.patch(item, {}).json() == before
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("empty", [None, ""])
def test_a_null_label_is_emptied(eu, item, shop, empty):
    assert eu.patch(item, {"label": empty}).json()["label"] == ""
    shop.refresh_from_db()
    assert shop.name == "shop.example"


def test_what_changed_is_in_the_log_with_before_and_after(eu, item):
    answer = eu.patch(item, {"train": False, "initial_difficulty": 0, "label": "L"})

    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert event.action == "site.updated"
    assert event.changes == {"name": ["Shop", "L"], "protection_enabled": [True, False], "level": [96, 32]}


@pytest.mark.parametrize(
    "change",
    [
        {"initial_difficulty": -1},
        {"initial_difficulty": 4},
        {"initial_delay": 2},
        {"initial_delay": 31},
        {"max_parallel": 0},
        {"max_parallel": 11},
        {"max_parallel": 10**30},
        {"initial_delay": 3.5},
        {"initial_delay": 1e300},
        {"initial_delay": "5"},
        {"initial_delay": None},
        {"initial_delay": True},
        {"train": None},
        {"train": 1},
        {"train": "true"},
        {"label": 7},
        {"label": " "},
        {"label": "x" * 256},
        {"label": "a\nb"},
        {"label": ["a"]},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_a_violation_of_its_field_and_nothing_changes(eu, item, change):
    before, events = eu.get(item).json(), AuditEvent.objects.count()
    field = next(iter(change))

    found = violations(eu.patch(item, {**change, "max_parallel" if field != "max_parallel" else "train": 5}))

    assert len(found) == 1 or field in found
    assert eu.get(item).json() == before
    assert AuditEvent.objects.count() == events
    assert list(violations(eu.patch(item, change))) == [field]


@pytest.mark.parametrize("field", ["domain", "siteKey", "id", "secret", "permission", "fail_open", "level", "Label"])
def test_an_unknown_or_read_only_field_is_refused_by_name(eu, item, field):
    assert field in violations(eu.patch(item, {"label": "x", field: "y"}))
    assert eu.get(item).json()["label"] == "Shop"


@pytest.mark.parametrize("field", ["train", "siteKey", "id", "allowedOrigins"])
def test_creating_with_an_unknown_field_is_refused_by_name(eu, field):
    assert list(violations(eu.post(SITEKEYS, {"domain": "example.com", field: 1}))) == [field]
    assert not Site.objects.exists()


def test_creating_names_all_that_is_wrong(eu):
    found = violations(eu.post(SITEKEYS, {"domain": "https://shop.example/", "label": "x" * 256}))

    assert set(found) == {"domain", "label"}
    assert "domain" in violations(eu.post(SITEKEYS, {"label": "x"}))


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("https://shop.example", "shop.example"),
        ("HTTPS://Shop.Example:8443/cart?a=b#c", "shop.example"),
        ("shop.example:8443", "shop.example"),
        ("shop.example/", "shop.example"),
        ("//shop.example", "shop.example"),
        ("*.shop.example", "shop.example"),
        ("user:pass@shop.example", "shop.example"),
        ("shop.example?x", "shop.example"),
        ("192.0.2.1", "IP address"),
        ("http://192.0.2.1:80/", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("", "no hostname"),
        ("*", "no hostname"),
        ("shop example", "no hostname"),
        ("shop..example", "no hostname"),
        ("-shop-.example", "no hostname"),
        ("example.1", "no hostname"),
        ("a" * 64 + ".example", "no hostname"),
        ("x" * 10_000, "no hostname"),
        ("javascript:alert(1)", "more than a hostname"),
        ("[", "no hostname"),
        ("shop.example\\evil", "no hostname"),
    ],
)
def test_more_or_less_than_a_hostname_is_refused_with_what_was_probably_meant(eu, domain, meant):
    message = violations(eu.post(SITEKEYS, {"domain": domain}))["domain"]

    assert meant in message
    assert len(message) < 300
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Shop.Example", "shop.example"),
        (" shop.example. ", "shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
    ],
)
def test_a_hostname_is_kept_in_small_letters_and_in_ascii(eu, typed, stored):
    assert eu.post(SITEKEYS, {"domain": typed}).json()["domain"] == stored


def test_a_deleted_sitekey_is_gone_until_an_owner_restores_it(eu, item, shop, alice):
    answer = eu.delete(item)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer
    for again in (eu.get(item), eu.patch(item, {"label": "x"}), eu.delete(item)):
        refused(again, 404)
    assert eu.get(SITEKEYS).json()["member"] == []
    assert AuditEvent.objects.get(request_id=answer["X-Request-ID"]).action == "site.deleted"
    restore_site(alice.actor, site_key=shop.site_key)
    assert eu.get(item).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 30, "x", "1.0", "%20", "1%0a", "sk_live_x", "é", "٣"])
def test_an_id_that_is_none_is_a_404(eu, shop, number):
    for answer in (
        eu.get(f"{SITEKEYS}/{number}"),
        eu.patch(f"{SITEKEYS}/{number}", {}),
        eu.delete(f"{SITEKEYS}/{number}"),
    ):
        refused(answer, 404)


@pytest.mark.parametrize("slash", ["", "/"])
def test_paths_answer_with_and_without_a_slash_and_never_redirect(eu, item, slash):
    assert eu.get(f"{SITEKEYS}{slash}").status_code == 200
    assert eu.get(f"{item}{slash}").status_code == 200
    assert eu.post(f"{SITEKEYS}{slash}", {"domain": "example.com"}).status_code == 201
    assert eu.patch(f"{item}{slash}", {}).status_code == 200
    assert eu.delete(f"{item}{slash}").status_code == 204


def test_a_method_that_is_not_there_is_a_405(eu, item):
    answer = eu.client.put(item, "{}", content_type="application/json")

    refused(answer, 405)
    assert answer["Allow"] == "DELETE, GET, HEAD, PATCH"


def test_a_path_that_is_no_endpoint_is_a_problem_too(eu):
    for path in (f"{SITEKEYS}/1/2", "/myra-auto-app-api/nothing", "/myra-auto-app-api/", "/captcha-stats-user/x"):
        refused(eu.get(path), 404)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Bearer nct_x", "Basic eDp5", "Bearer a.b.c"])
def test_without_a_working_credential_the_answer_is_a_401_in_the_contracts_shape(item, authorization, db):
    client = Client(headers={"Authorization": authorization} if authorization else {})
    for answer in (client.get(SITEKEYS), client.get(item), client.delete(item), client.get("/captcha-stats-user")):
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/json"
        assert answer["WWW-Authenticate"] == "Bearer"
        body = answer.json()
        assert list(body) == ["code", "message"]
        assert body["code"] == 401


def test_a_key_that_holds_something_else_is_a_403_that_names_what_is_missing(item, alice, make_key):
    weak = Api(make_key(alice, "verify"))
    for answer, permission in [
        (weak.get(SITEKEYS), "getSites"),
        (weak.get(item), "getSite"),
        (weak.get(f"{SITEKEYS}/999999"), "getSite"),
        (weak.post(SITEKEYS, {"domain": "example.com"}), "createSite"),
        (weak.patch(item, {}), "updateSite"),
        (weak.delete(item), "deleteSite"),
    ]:
        assert permission in refused(answer, 403)
        assert answer["X-Accepted-Permissions"] == permission
        assert AuditEvent.objects.get(request_id=answer["X-Request-ID"]).outcome == "refused"


def test_a_key_that_may_not_read_secrets_sees_not_even_their_ends(item, alice, make_key):
    assert "secret" not in Api(make_key(alice, "getSite")).get(item).json()


def test_a_key_that_may_only_update_can_empty_the_label(item, alice, make_key):
    assert Api(make_key(alice, "updateSite")).patch(item, {"label": None}).json()["label"] == ""


def test_a_whole_number_may_be_written_with_a_point(eu, item):
    answer = eu.client.patch(item, '{"initial_delay": 5.0}', content_type="application/json")

    assert answer.json()["initial_delay"] == 5
    assert '"initial_delay":5,' in answer.text
