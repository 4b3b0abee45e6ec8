"""The OpenAPI 3.1 document, built from the registry of endpoints: it cannot say what the server does not do.

Source: https://spec.openapis.org/oas/v3.1.1.html
"""

import re
from http import HTTPStatus
from typing import Any, Final

import msgspec

from apps.api import idempotency
from apps.api.callers import KEY_EXPIRES
from apps.api.contract import ANYTHING, JSON, MULTIPART, Contract, Credential, Endpoint, kinds_of
from apps.api.decoding import needs_nothing
from apps.api.errors import ACCEPTED_PERMISSIONS
from apps.permissions.catalogue import CATALOGUE

_PATH_PARAMETER: Final = re.compile(r"{(\w+)}")
_REF: Final = "#/components/schemas/{name}"
_SECURITY: Final = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `Bearer nct_…`."},
    "apiKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key: `nct_…`."},
    "apikeyHeader": {"type": "apiKey", "in": "header", "name": "apikey", "description": "An API key: `nct_…`."},
    "apiKeyQuery": {"type": "apiKey", "in": "query", "name": "apiKey", "description": "An API key: `nct_…`."},
    "loginToken": {"type": "http", "scheme": "bearer", "description": "The token of `/myra-auto-app-api/login`."},
}


def build_document(contracts: list[Contract], *, version: str) -> dict[str, Any]:
    """The whole document as plain JSON values.

    Args:
        contracts: what to describe, in order.
        version: the product's version.
    """
    schemas, components = _schemas(contracts)
    paths: dict[str, dict[str, Any]] = {}
    for contract in contracts:
        for endpoint in contract.endpoints:
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(contract, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gatehouse API",
            "version": version,
            "description": "Manage sites and verify solutions. Every answer carries X-Request-ID.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": contract.title, "description": contract.description} for contract in contracts],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                name: scheme
                for name, scheme in _SECURITY.items()
                if any(name in contract.security for contract in contracts)
            },
        },
    }


_KEY_EXPIRES: Final = {
    "description": "When the key that was sent ends, in its last 14 days",
    "schema": {"type": "string", "format": "date-time"},
}
_REQUEST_ID: Final = {"description": "The request's id", "schema": {"type": "string"}}
_LIMITS: Final = {
    name: {"description": f"{meaning}, where the key works", "schema": {"type": "integer"}}
    for name, meaning in {
        "X-RateLimit-Limit": "Requests a minute that the key may make",
        "X-RateLimit-Remaining": "Those that are left in this minute",
        "X-RateLimit-Reset": "Seconds until it is over",
    }.items()
}
_IDEMPOTENCY_KEY: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "A name of your own for this request, best a UUID. Sent again within 24 hours with the same body, "
    "it is answered and not done again; with another body: 409",
    "schema": {"type": "string", "pattern": idempotency.PATTERN},
}
_WITH_KEY: Final = {Credential.BEARER_KEY, Credential.SITE_SECRET_OR_KEY}
Schemas = dict[Any, dict[str, Any]]


def _operation(contract: Contract, endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "tags": [contract.title],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "security": _security(contract, endpoint),
        "responses": _responses(contract, endpoint, schemas),
        "x-credential": endpoint.credential.value,
    }
    if parameters := _parameters(endpoint):
        document["parameters"] = parameters
    if endpoint.body:
        taken = [name for name in endpoint.takes if name not in {MULTIPART, ANYTHING}]
        content = {name: {"schema": schemas[endpoint.body]} for name in taken}
        may_be_empty = ANYTHING in endpoint.takes and needs_nothing(endpoint.body)
        document["requestBody"] = {"required": not may_be_empty, "content": content}
    if endpoint.permission:
        document["x-permission"] = endpoint.permission
    return document


def _security(contract: Contract, endpoint: Endpoint) -> list[dict[str, list[str]]]:
    """What a request has to prove itself with; an empty object where it may prove itself otherwise."""
    keys: list[dict[str, list[str]]] = [{scheme: []} for scheme in contract.security]
    optional: list[dict[str, list[str]]] = [{}] if endpoint.credential is Credential.SITE_SECRET_OR_KEY else []
    return keys + optional if endpoint.credential in _WITH_KEY else []


def _description(endpoint: Endpoint) -> str:
    text = (endpoint.handler.__doc__ or "").strip()
    if not endpoint.permission:
        return text
    return f"{text}\n\nNeeds the permission `{endpoint.permission}`: {CATALOGUE[endpoint.permission].description}."


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PATH_PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query:
        _, components = msgspec.json.schema_components([endpoint.query], ref_template=_REF)
        schema = components[endpoint.query.__name__]
        for name, field in schema["properties"].items():
            is_json = "$ref" in field or field.get("type") == "array"
            shape = {"content": {JSON: {"schema": field}}} if is_json else {"schema": field}
            found.append({"name": name, "in": "query", "required": name in schema.get("required", ())} | shape)
    if endpoint.takes_idempotency_key:
        found.append(_IDEMPOTENCY_KEY)
    return found


def _responses(contract: Contract, endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    answer = _answer_schema(endpoint, schemas)
    takes_key = endpoint.credential in _WITH_KEY
    responses = {str(endpoint.status): _response(endpoint.status, answer, permission=endpoint.permission)}
    for status in sorted({*endpoint.statuses, 400, 405, 500, 503}):  # 400: a foreign Host, a NUL in the address
        shape = contract.shape_of(status)
        permission = endpoint.permission if status != 405 else ""  # which is about no endpoint
        responses[str(status)] = _response(status, schemas[shape.type], shape.content_type, permission=permission)
    for answered, response in responses.items():
        response["headers"] |= dict.fromkeys(contract.id_headers, _REQUEST_ID)
        if takes_key and answered not in {"401", "405"}:
            response["headers"][KEY_EXPIRES] = _KEY_EXPIRES
            response["headers"] |= _LIMITS if contract.tells_limits else {}
    return responses


def _answer_schema(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any] | None:
    """What a successful answer looks like: one type, or one of several."""
    options = [schemas[one] for one in kinds_of(endpoint.answer)]
    return {"anyOf": options} if len(options) > 1 else next(iter(options), None)


def _response(
    status: int, schema: dict[str, Any] | None, content_type: str = JSON, *, permission: str = ""
) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-ID": _REQUEST_ID}
    if permission:
        headers[ACCEPTED_PERMISSIONS] = {
            "description": "The permission that is needed; of a 403 the one that is missing",
            "schema": {"type": "string", "examples": [permission]},
        }
    if status == 429:
        headers["Retry-After"] = {"description": "Seconds to wait", "schema": {"type": "integer"}}
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase, "headers": headers}
    if schema:
        response["content"] = {content_type: {"schema": schema}}
    return response


def _schemas(contracts: list[Contract]) -> tuple[Schemas, dict[str, Any]]:
    """Where each type is described, and the descriptions by name."""
    types: list[Any] = []
    for contract in contracts:
        types += [shape.type for shape in (contract.errors, *contract.errors_by_status.values())]
        for endpoint in contract.endpoints:
            types += [used for used in (*kinds_of(endpoint.answer), endpoint.body) if used]
    described, components = msgspec.json.schema_components(types, ref_template=_REF)
    return dict(zip(types, described, strict=True)), components
