"""The OpenAPI document: valid, complete, and true of every answer."""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from apps.api.urls import urlpatterns
from apps.permissions.catalogue import CATALOGUE
from apps.sites.operations import create_site
from tests.api.document import DOCUMENT, OPERATIONS, undescribed

ROUTES: list[Any] = [pattern for pattern in urlpatterns if pattern.name != "openapi"]


def test_the_document_is_valid_openapi():
    assert DOCUMENT["openapi"] == "3.1.0"
    validate(DOCUMENT)


def test_it_is_served_to_everybody(client):
    answer = client.get("/api/openapi.json")

    assert answer["Content-Type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_read_and_nothing_else(client, method):
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/openapi.json")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert "GET" in answer.json()["error"]


def test_every_route_is_described_with_its_methods_and_nothing_else_is():
    served = {
        (
            "/" + re.sub(r"\(\?P<(\w+)>[^)]+\)", r"{\1}", str(route.pattern)).lstrip("^").removesuffix("/?$"),
            method.lower(),
        )
        for route in ROUTES
        for method in route.callback.access
    }

    assert served == set(OPERATIONS)


def test_every_operation_has_a_name_of_its_own_and_words_for_a_reader():
    operations = [DOCUMENT["paths"][path][method] for path, method in OPERATIONS]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["description"] for operation in operations)


def test_every_operation_with_a_key_names_its_permission_and_describes_the_refusals():
    for path, method in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        if operation["security"]:
            assert {"401", "429"} <= set(operation["responses"])
        if permission := operation.get("x-permission"):
            assert CATALOGUE[permission].description in operation["description"]
            assert "403" in operation["responses"]


def test_a_site_key_and_an_account_id_are_described_as_parameters():
    listing = DOCUMENT["paths"]["/api/v1/sites"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["required"], one["schema"]["format"]) for one in listing] == [
        ("accountId", "query", True, "uuid")
    ]
    for path, method in OPERATIONS:
        if "{siteKey}" in path:
            assert DOCUMENT["paths"][path][method]["parameters"][0]["name"] == "siteKey"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def valid(schema: dict[str, Any], known: dict[str, str]) -> st.SearchStrategy[Any]:
    """Values that the schema allows; a field whose real value is known has it half of the time."""
    if "$ref" in schema:
        return valid(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], known)
    if schema.get("type") == "object":
        fields = {
            name: st.just(known[name]) | valid(field, known) if name in known else valid(field, known)
            for name, field in schema["properties"].items()
        }
        required = set(schema.get("required", []))
        return st.fixed_dictionaries(
            {name: field for name, field in fields.items() if name in required},
            optional={name: field for name, field in fields.items() if name not in required},
        )
    if schema.get("type") == "array":
        return st.lists(valid(schema["items"], known) | st.just("https://app.example.com"), max_size=4)
    if schema.get("type") == "boolean":
        return st.booleans()
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    return st.text(max_size=150) | st.sampled_from(["https://a.example", "http://localhost", "*", "x" * 130])


@st.composite
def bodies(draw: st.DrawFn, schema: dict[str, Any], known: dict[str, str]) -> bytes:
    """A body that the schema allows, or one with a field too few, too many, or of any value; or any bytes."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=100))
    body = draw(valid(schema, known))
    change = draw(st.sampled_from(["none", "none", "drop", "add", "replace", "all"]))
    if change == "drop" and body:
        del body[draw(st.sampled_from(sorted(body)))]
    if change == "add":
        body[draw(st.text(max_size=20))] = draw(anything)
    if change == "replace" and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(anything)
    if change == "all":
        body = draw(anything)
    return json.dumps(body).encode()


def parameter(name: str, known: dict[str, str]) -> st.SearchStrategy[str]:
    """A value for a path's or a query's parameter."""
    strange = st.text(min_size=1, max_size=60).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))
    return st.just(known[name]) | strange | st.uuids(version=4).map(str)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: str(value))
@override_settings(API_REQUESTS_PER_MINUTE=100_000, REFUSED_REQUESTS_PER_MINUTE=100_000)
def test_no_generated_request_gets_an_answer_that_is_not_described(alice, make_key, path, method):
    operation = DOCUMENT["paths"][path][method]
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    known = {
        "accountId": str(alice.account.pk),
        "siteKey": made.site.site_key,
        "secret": made.secret.reveal(),
        "expectedOrigin": "https://shop.example",
    }
    token = make_key(alice)
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    query = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    seen: set[int] = set()

    @given(
        site_key=parameter("siteKey", known),
        values=st.fixed_dictionaries({}, optional={name: parameter(name, known) for name in query}),
        body=bodies(schema, known) if schema else st.binary(max_size=20),
        authorization=st.sampled_from([f"Bearer {token}"] * 9 + ["", f"Bearer {token}x"]),
    )
    @settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    def fuzz(site_key: str, values: dict[str, str], body: bytes, authorization: str) -> None:
        address = path.replace("{siteKey}", site_key) + "?" + "&".join(f"{name}={one}" for name, one in values.items())
        answer = Client(raise_request_exception=False).generic(
            method.upper(), address, body, "application/json", headers={"Authorization": authorization}
        )
        assert answer.status_code < 500, answer.text
        body_read = answer.json()
        problem = undescribed(
            method.upper(), answer.wsgi_request.path_info, answer.status_code, answer["Content-Type"], body_read
        )
        assert not problem, problem
        seen.add(answer.status_code)

    fuzz()

    success = int(next(iter(operation["responses"])))
    assert success in seen, "No generated request succeeded, so nothing was tried."
    assert seen & {400, 401, 404}, "No generated request was refused, so nothing was tried."


def test_every_schema_of_an_answer_names_its_required_fields():
    for name in ("CreatedSite", "ListedSite", "Site", "RotatedSecret", "WhoAmI", "SitesError", "VerifyError"):
        schema = DOCUMENT["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name


def test_the_account_of_an_answer_is_a_uuid(api, account_id):
    assert UUID(api.get("/api/v1/whoami").json()["accountId"]) == UUID(account_id)
