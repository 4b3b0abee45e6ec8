"""POST /api/v1/verify: site key, secret and state; what becomes of solutions is told in every contract's words
(tests/api/test_verification_in_every_contract.py)."""

from urllib.parse import urlencode

import pytest

from apps.audit import clock
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site, deactivate_site
from apps.sites.secrets import rotate_secret
from tests.people import Api
from tests.protection.solving import later, set_site, solved

VERIFY = "/api/v1/verify"


@pytest.fixture
def made(alice):
    origins = ["https://shop.example", "https://b.example:8443"]
    return create_site(alice.actor, name="Shop", allowed_origins=origins)


@pytest.fixture
def proof(made):
    return {"solution": "a solution", "secret": made.secret.reveal(), "siteKey": made.site.site_key}


def as_json(body):
    return Api().post(VERIFY, body)


def as_form(body):
    return Api().client.post(VERIFY, body)


def as_urlencoded(body):
    encoded = urlencode(body)
    return Api().client.post(VERIFY, encoded, content_type="application/x-www-form-urlencoded")


every_form = pytest.mark.parametrize("send", [as_json, as_form, as_urlencoded])


def refused(answer, status: int, code: str) -> str:
    assert answer.status_code == status
    assert list(answer.json()) == ["error", "requestId"]
    assert answer.json()["requestId"] == answer["X-Request-ID"]
    error = answer.json()["error"]
    assert list(error) == ["code", "message", "retryable"]
    assert (error["code"], error["retryable"]) == (code, False)
    return str(error["message"])


@every_form
def test_a_bad_solution_is_a_200_that_says_no_and_why_as_an_object(proof, send):
    answer = send(proof)

    assert answer.status_code == 200
    body = answer.json()
    assert body["success"] is False
    assert body["error"] == {
        "code": "invalid_solution",
        "message": "This is not a solution of a challenge of this site.",
    }
    assert body["requestId"] == answer["X-Request-ID"]
    assert set(body) == {"success", "error", "requestId"}


@every_form
@pytest.mark.parametrize("missing", ["solution", "secret", "siteKey"])
def test_a_missing_field_is_named(proof, send, missing):
    del proof[missing]

    assert refused(send(proof), 400, "invalid_request") == f"{missing} is missing."


@pytest.mark.parametrize("field", ["solution", "secret", "siteKey", "expectedOrigin"])
@pytest.mark.parametrize("value", [None, 7, True, [], {}], ids=repr)
def test_a_field_of_another_type_is_named(proof, field, value):
    assert refused(as_json(proof | {field: value}), 400, "invalid_request").startswith(field)


def test_a_wrong_secret_and_an_unknown_site_are_told_apart_by_nothing(proof, alice):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])
    answers = [
        as_json(proof | {"secret": f"ss_live_{'0' * 38}"}),
        as_json(proof | {"secret": proof["secret"][:-1] + "x"}),
        as_json(proof | {"secret": ""}),
        as_json(proof | {"secret": "é" * 500}),
        as_json(proof | {"secret": other.secret.reveal()}),
        as_json(proof | {"siteKey": other.site.site_key}),
        as_json(proof | {"siteKey": f"sk_live_{'0' * 22}"}),
        as_json(proof | {"siteKey": "shop"}),
        as_json(proof | {"siteKey": ""}),
        as_json(proof | {"siteKey": "x" * 10_000, "secret": "y" * 10_000}),
    ]

    for answer in answers:
        refused(answer, 401, "invalid_credentials")
    bodies = {answer.text.replace(answer["X-Request-ID"], "") for answer in answers}
    assert len(bodies) == 1
    assert {answer.get("WWW-Authenticate") for answer in answers} == {None}


def test_both_credential_failures_cost_the_same_queries(proof, django_assert_num_queries):
    wrong = f"ss_live_{'0' * 32}{'0' * 6}"
    for body in (proof | {"secret": wrong}, proof | {"siteKey": "x"}, proof | {"siteKey": "x", "secret": wrong}):
        with django_assert_num_queries(1):
            as_json(body)


def test_wrong_credentials_of_a_deactivated_site_do_not_tell_that_it_is(proof, made, alice):
    deactivate_site(alice.actor, site_key=made.site.site_key)

    refused(as_json(proof | {"secret": "wrong"}), 401, "invalid_credentials")


@every_form
def test_a_deactivated_site_is_a_403(proof, made, alice, send):
    deactivate_site(alice.actor, site_key=made.site.site_key)

    assert "deactivated" in refused(send(proof), 403, "site_disabled")


def test_a_rotated_secret_is_refused_and_the_new_one_is_not(proof, made, alice):
    new = rotate_secret(alice.actor, site_key=made.site.site_key).secret.reveal()

    refused(as_json(proof), 401, "invalid_credentials")
    assert as_json(proof | {"secret": new}).status_code == 200


def test_an_api_key_is_no_site_secret(proof, made, alice, make_key):
    token = make_key(alice)

    refused(as_json(proof | {"secret": token}), 401, "invalid_credentials")
    refused(Api(token).post(VERIFY, proof | {"secret": "x"}), 401, "invalid_credentials")


@every_form
@pytest.mark.parametrize("origin", ["https://shop.example", "HTTPS://Shop.Example:443/", "https://b.example:8443"])
def test_an_expected_origin_of_the_site_is_no_objection(proof, send, origin):
    assert send(proof | {"expectedOrigin": origin}).json()["error"]["code"] == "invalid_solution"


@every_form
@pytest.mark.parametrize("origin", ["https://evil.example", "http://shop.example", "https://b.example:8443"])
def test_another_expected_origin_than_the_solutions_is_a_hostname_mismatch(proof, made, send, origin):
    proof["solution"] = solved(set_site(made.site))
    with clock.at(later(10)):
        answer = send(proof | {"expectedOrigin": origin})
        assert send(proof | {"expectedOrigin": "https://shop.example"}).json()["success"] is True

    assert answer.status_code == 200
    assert answer.json()["success"] is False
    assert answer.json()["error"]["code"] == "hostname_mismatch"


@pytest.mark.parametrize("origin", ["", "*", "shop.example", "https://shop.example/cart", "javascript:alert(1)"])
def test_a_malformed_expected_origin_is_a_400(proof, origin):
    message = refused(as_json(proof | {"expectedOrigin": origin}), 400, "invalid_request")

    assert "origin" in message.lower()


def test_a_form_field_given_twice_is_a_400(proof):
    encoded = "&".join(f"{name}={value}" for name, value in proof.items()) + "&secret=other"

    answer = Api().client.post(VERIFY, encoded, content_type="application/x-www-form-urlencoded")

    assert "secret is given 2 times" in refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_another_method_is_a_405_in_this_endpoints_own_shape(method, db):
    assert "takes POST" in refused(getattr(Api().client, method)(VERIFY), 405, "invalid_request")


def test_the_secrets_last_use_is_noted_at_most_once_a_minute(proof, django_assert_num_queries):
    as_json(proof)
    noted = SiteSecret.objects.get().last_used_at

    with django_assert_num_queries(1):
        as_json(proof)

    assert noted is not None
    assert SiteSecret.objects.get().last_used_at == noted
