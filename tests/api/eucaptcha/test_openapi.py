"""The OpenAPI document with this contract in it: valid, and true of what is registered."""

import pytest
from openapi_spec_validator import validate

from apps.api.contract import Credential
from apps.api.errors import forbidden, rate_limited, unauthorized
from apps.api.eucaptcha.contracts import sitekeys_api, verify_token_api
from apps.api.paths import is_api_path
from apps.api.urls import CONTRACTS, contract_of
from apps.permissions.catalogue import CATALOGUE
from tests.api.document import DOCUMENT

ENDPOINTS = [(contract, endpoint) for contract in CONTRACTS for endpoint in contract.endpoints]
WITH_KEY = {Credential.BEARER_KEY, Credential.SITE_SECRET_OR_KEY}
every_endpoint = pytest.mark.parametrize(
    ("contract", "endpoint"), ENDPOINTS, ids=[f"{endpoint.method} {endpoint.path}" for _, endpoint in ENDPOINTS]
)


def test_the_document_is_valid():
    validate(DOCUMENT)


@every_endpoint
def test_every_path_belongs_to_the_api_and_to_its_contract(contract, endpoint):
    path = endpoint.path.replace("{id}", "1").replace("{siteKey}", "x")
    for spelled in (path, f"{path}/"):
        assert is_api_path(spelled)
        assert contract_of(spelled) is contract


@pytest.mark.parametrize(
    ("path", "contract"),
    [
        ("/myra-auto-app-api", sitekeys_api),
        ("/myra-auto-app-api/x", sitekeys_api),
        ("/captcha-stats-user/x", sitekeys_api),
        ("/v1", verify_token_api),
        ("/v1/verify/x", verify_token_api),
        ("/api/x", CONTRACTS[0]),
    ],
)
def test_a_path_that_is_no_endpoint_belongs_to_whoever_owns_its_root(path, contract):
    assert is_api_path(path)
    assert contract_of(path) is contract


@every_endpoint
def test_every_operation_is_described_with_its_credentials_permission_and_refusals(contract, endpoint):
    operation = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]

    assert operation["summary"]
    assert operation["description"]
    schemes = [next(iter(one)) for one in operation["security"] if one]
    if endpoint.credential not in WITH_KEY:
        assert schemes == []
        return
    assert schemes == list(contract.security)
    assert ({} in operation["security"]) is (endpoint.credential is Credential.SITE_SECRET_OR_KEY)
    refusals = [unauthorized("This key is not known."), rate_limited("Too many.", 1)]
    if endpoint.permission:
        assert CATALOGUE[endpoint.permission].description in operation["description"]
        refusals.append(forbidden("This key may not.", endpoint.permission))
    assert {str(contract.status_of(refusal)) for refusal in refusals} <= set(operation["responses"])


def test_operations_have_names_of_their_own():
    names = [endpoint.handler.__name__ for _, endpoint in ENDPOINTS]

    assert len(set(names)) == len(names)


def test_a_deletion_is_described_without_a_body_and_errors_with_their_types():
    responses = DOCUMENT["paths"]["/myra-auto-app-api/captcha_sitekeys/{id}"]["delete"]["responses"]

    assert "content" not in responses["204"]
    assert list(responses["404"]["content"]) == ["application/problem+json"]
    assert list(responses["401"]["content"]) == ["application/json"]


def test_content_types_stand_at_the_bodies():
    paths = DOCUMENT["paths"]
    patch = paths["/myra-auto-app-api/captcha_sitekeys/{id}"]["patch"]["requestBody"]["content"]
    verify = paths["/v1/verify"]["post"]["requestBody"]["content"]

    assert list(patch) == ["application/json", "application/ld+json", "application/merge-patch+json"]
    assert list(verify) == ["application/json", "application/ld+json", "application/x-www-form-urlencoded"]
