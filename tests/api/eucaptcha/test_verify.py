"""POST /v1/verify: both spellings, every body with `success`, and credentials; what becomes of tokens is told in every
contract's words (tests/api/test_verification_in_every_contract.py)."""

import json
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from apps.sites.models import Site, SiteSecret
from apps.sites.operations import create_site, deactivate_site, delete_site, update_site
from apps.sites.secrets import rotate_secret
from tests.api.eucaptcha.conftest import VERIFY
from tests.people import Api

CREDENTIALS = "/v1/verify-credentials"
UNKNOWN = f"pk_{'0' * 22}"
WRONG = f"ss_live_{'0' * 38}"


@pytest.fixture
def made(alice):
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])


@pytest.fixture
def proof(made):
    return {"sitekey": made.site.site_key, "secret": made.secret.reveal(), "client_token": "a token"}


def verify(body, **options):
    return Api().post(VERIFY, body, **options)


def refused(answer, *codes: str) -> None:
    assert answer.status_code == 200
    assert answer.json() == {"success": False, "train": False, "error-codes": list(codes)}


def failed(answer, status: int, error: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["success", "error", "message"]
    assert (body["success"], body["error"]) == (False, error)
    return str(body["message"])


SPELLINGS = {
    "documented": {"client_ip": "192.0.2.1", "client_token": "t", "client_user_agent": "Mozilla"},
    "sent": {"remote": "192.0.2.1", "response": "t"},
    "mixed": {"client_ip": "192.0.2.1", "response": "t"},
    "mixed the other way": {"remote": "", "client_token": "t"},
    "both and the same": {"client_token": "t", "response": "t", "remote": None},
    "nothing but the token": {"client_token": "t"},
    "an unknown field": {"client_token": "t", "version": 3},
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("path", [VERIFY, f"{VERIFY}/"])
def test_either_spelling_is_understood_at_both_paths(proof, spelling, path):
    del proof["client_token"]

    refused(Api().post(path, proof | spelling), "invalid-input-response")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/ld+json", "", "application/json; charset=utf-8"]
)
def test_json_is_understood_under_its_names(proof, content_type):
    refused(Client().generic("POST", VERIFY, json.dumps(proof), content_type), "invalid-input-response")


def test_forms_are_understood_too(proof):
    refused(Client().post(VERIFY, proof), "invalid-input-response")
    encoded = "&".join(f"{name}={value}" for name, value in proof.items())
    refused(Client().post(VERIFY, encoded, content_type="application/x-www-form-urlencoded"), "invalid-input-response")


@pytest.mark.parametrize("spell", ["sk_live_", "pk_", "hex", "uuid"])
def test_the_sitekey_in_any_spelling(proof, made, spell):
    site = made.site
    keys = {
        "sk_live_": site.site_key,
        "pk_": site.site_key.replace("sk_live_", "pk_"),
        "hex": site.key.hex,
        "uuid": str(site.key),
    }

    refused(verify(proof | {"sitekey": keys[spell]}), "invalid-input-response")


@pytest.mark.parametrize("field", ["sitekey", "secret", "client_token"])
@pytest.mark.parametrize("how", ["left out", "null"])
def test_a_missing_field_is_a_400(proof, field, how):
    body = {name: value for name, value in proof.items() if name != field} | ({field: None} if how == "null" else {})

    message = failed(verify(body), 400, "missing_field")

    assert message == f"Missing: {'response' if field == 'client_token' else field}."


@pytest.mark.parametrize(
    ("empty", "codes"),
    [
        ({"secret": ""}, ["missing-input-secret"]),
        ({"sitekey": ""}, ["missing-input-sitekey"]),
        ({"client_token": ""}, ["missing-input-response"]),
        (
            {"secret": "", "sitekey": "", "client_token": ""},
            ["missing-input-sitekey", "missing-input-secret", "missing-input-response"],
        ),
    ],
)
def test_an_empty_field_is_an_error_code(proof, empty, codes):
    refused(verify(proof | empty), *codes)


def test_two_tokens_that_differ_are_a_400(proof):
    assert "differ" in failed(verify(proof | {"response": "another"}), 400, "invalid_request")


@pytest.mark.parametrize("field", ["sitekey", "secret", "client_token", "response", "remote", "client_ip"])
@pytest.mark.parametrize("value", [7, True, [], {}], ids=repr)
def test_a_field_of_another_type_is_a_400_that_names_it(proof, field, value):
    assert failed(verify(proof | {field: value}), 400, "invalid_request").startswith(field)


@pytest.mark.parametrize("secret", [WRONG, "x", "é" * 500, "' OR 1=1", "x" * 100_000])
def test_a_wrong_secret(proof, secret):
    refused(verify(proof | {"secret": secret}), "invalid-input-secret")


@pytest.mark.parametrize("sitekey", [UNKNOWN, "x", "pk_", "x" * 10_000, "' OR 1=1"])
def test_an_unknown_sitekey(proof, sitekey):
    refused(verify(proof | {"sitekey": sitekey}), "invalid-input-sitekey")


def test_which_sitekeys_exist_is_told_to_nobody_without_a_secret(proof, alice):
    known = verify(proof | {"secret": WRONG})
    unknown = verify({"sitekey": UNKNOWN, "secret": WRONG, "client_token": "t"})

    assert known.content == unknown.content


def test_the_secret_of_another_site_is_told_that_the_sitekey_is_not_its(proof, alice):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])

    refused(verify(proof | {"secret": other.secret.reveal()}), "invalid-input-sitekey")


def test_a_rotated_secret_is_wrong_and_the_new_one_right(proof, made, alice):
    new = rotate_secret(alice.actor, site_key=made.site.site_key).secret.reveal()

    refused(verify(proof), "invalid-input-secret")
    refused(verify(proof | {"secret": new}), "invalid-input-response")


def test_an_inactive_and_a_deleted_site_let_nobody_pass(proof, made, alice):
    update_site(alice.actor, site_key=made.site.site_key, protection_enabled=False)
    deactivate_site(alice.actor, site_key=made.site.site_key)
    refused(verify(proof), "invalid-input-sitekey")

    delete_site(alice.actor, site_key=made.site.site_key)

    refused(verify(proof), "invalid-input-secret")


def test_without_protection_everybody_passes_and_it_is_said_that_nothing_was_checked(proof, made, alice):
    update_site(alice.actor, site_key=made.site.site_key, protection_enabled=False)

    assert verify(proof).json() == {"success": True, "train": True}
    refused(verify(proof | {"secret": WRONG}), "invalid-input-secret")
    refused(verify(proof | {"client_token": ""}), "missing-input-response")


def test_a_site_that_fails_open_lets_pass_with_a_wrong_secret_and_not_with_a_wrong_token(proof, made):
    Site.objects.update(fail_open=True)

    assert verify(proof | {"secret": WRONG}).json() == {"success": True, "train": True}
    refused(verify(proof), "invalid-input-response")
    refused(verify(proof | {"sitekey": UNKNOWN}), "invalid-input-sitekey")
    refused(verify(proof | {"sitekey": UNKNOWN, "secret": WRONG}), "invalid-input-secret")
    Site.objects.update(is_active=False)
    refused(verify(proof | {"secret": WRONG}), "invalid-input-secret")


def test_an_api_key_is_no_secret_and_changes_nothing(proof, alice, make_key):
    token = make_key(alice)

    refused(verify(proof | {"secret": token}), "invalid-input-secret")
    refused(Api(token).post(VERIFY, proof), "invalid-input-response")


@pytest.mark.parametrize("path", [VERIFY, f"{VERIFY}/", CREDENTIALS])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_another_method_is_a_405_with_success(db, path, method):
    answer = getattr(Client(), method)(path)

    failed(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize(
    ("status", "send"),
    [
        (400, lambda: Client().post(VERIFY, "{", content_type="application/json")),
        (400, lambda: Client().post(VERIFY, "[]", content_type="application/json")),
        (400, lambda: Client().post(VERIFY, "", content_type="application/json")),
        (400, lambda: Client().post(f"{VERIFY}?a=%00", {}, content_type="application/json")),
        (400, lambda: Client().post(VERIFY, {}, content_type="application/json", headers={"Host": "evil.example"})),
        (404, lambda: Client().post("/v1/", {})),
        (404, lambda: Client().post("/v1", {})),
        (404, lambda: Client().post("/v1/verifyy", {})),
        (404, lambda: Client().post("/v1/verify/x", {})),
        (404, lambda: Client().get("/v1//verify")),
        (413, lambda: Client().post(VERIFY, "x" * 1_100_000, content_type="application/json")),
        (415, lambda: Client().post(VERIFY, "x", content_type="text/plain")),
    ],
)
def test_whatever_is_wrong_with_the_request_the_body_has_success(db, status, send):
    answer = send()

    assert answer.status_code == status
    assert failed(answer, status, answer.json()["error"])


@pytest.mark.parametrize(
    ("trouble", "status", "error"),
    [(RuntimeError("x"), 500, "internal_error"), (OperationalError("x"), 503, "service_unavailable")],
)
def test_whatever_is_wrong_with_the_server_the_body_has_success(proof, trouble, status, error):
    with mock.patch("apps.api.verification.authenticate_site", side_effect=trouble):
        failed(verify(proof), status, error)


def test_trouble_before_the_view_has_success_too(proof):
    with mock.patch("config.middleware.AddressMiddleware.__call__", side_effect=OperationalError("x")):
        answer = Client(raise_request_exception=False).post(VERIFY, proof, content_type="application/json")

    failed(answer, 503, "service_unavailable")


@override_settings(REFUSED_REQUESTS_PER_MINUTE=2)
def test_an_address_that_guesses_is_held_back_and_the_right_secret_is_not(proof):
    for _ in range(2):
        verify(proof | {"secret": WRONG})

    answer = verify(proof | {"secret": WRONG})

    assert "Too many" in failed(answer, 429, "rate_limited")
    assert int(answer["Retry-After"]) > 0
    refused(verify(proof), "invalid-input-response")


@override_settings(VERIFY_REQUESTS_PER_MINUTE=2)
def test_a_site_is_held_back_also_where_it_fails_open(proof):
    Site.objects.update(fail_open=True)
    for secret in (proof["secret"], WRONG):
        for _ in range(2):
            assert verify(proof | {"secret": secret}).status_code == 200
        failed(verify(proof | {"secret": secret}), 429, "rate_limited")


@pytest.mark.parametrize("slash", ["", "/"])
def test_credentials_can_be_verified_alone(proof, made, slash):
    def valid(**changes):
        answer = Api().post(f"{CREDENTIALS}{slash}", {**proof, **changes})
        assert answer.status_code == 200
        assert list(answer.json()) == ["valid"]
        return answer.json()["valid"]

    assert valid() is True
    assert valid(secret=WRONG) is False
    assert valid(sitekey=UNKNOWN) is False
    assert valid(secret="", sitekey="") is False
    assert SiteSecret.objects.get(site=made.site).last_used_at is not None


@pytest.mark.parametrize("field", ["sitekey", "secret"])
def test_credentials_with_a_field_missing_are_a_400(proof, field):
    del proof[field]

    assert failed(Api().post(CREDENTIALS, proof), 400, "missing_field") == f"{field} is missing."


@override_settings(REFUSED_REQUESTS_PER_MINUTE=1)
def test_guessing_credentials_is_held_back(proof):
    Api().post(CREDENTIALS, proof | {"secret": WRONG})

    failed(Api().post(CREDENTIALS, proof | {"secret": WRONG}), 429, "rate_limited")


def test_a_verification_costs_one_look_up(proof, django_assert_num_queries):
    verify(proof)
    with django_assert_num_queries(1):
        verify(proof)
