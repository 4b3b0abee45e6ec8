"""The OpenAPI 3.1 document, built from the registry of endpoints: it cannot say what the server does not do.

Source: https://spec.openapis.org/oas/v3.1.1.html
"""

import re
from http import HTTPStatus
from typing import Any, Final

import msgspec

from apps.api.contract import Contract, Credential, Endpoint
from apps.permissions.catalogue import CATALOGUE

_PATH_PARAMETER: Final = re.compile(r"{(\w+)}")
_REF: Final = "#/components/schemas/{name}"


def build_document(contracts: list[Contract], *, version: str) -> dict[str, Any]:
    """The whole document as plain JSON values.

    Args:
        contracts: what to describe, in order.
        version: the product's version.
    """
    paths: dict[str, dict[str, Any]] = {}
    for contract in contracts:
        for endpoint in contract.endpoints:
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(contract, endpoint)
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
            "schemas": _schemas(contracts),
            "securitySchemes": {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `Bearer nct_…`."}
            },
        },
    }


def _operation(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "tags": [contract.title],
        "summary": endpoint.summary,
        "description": _description(endpoint),
        "security": [{"apiKey": []}] if endpoint.credential is Credential.BEARER_KEY else [],
        "responses": _responses(contract, endpoint),
    }
    if parameters := _parameters(endpoint):
        document["parameters"] = parameters
    if endpoint.body:
        content = {"application/json": {"schema": _ref(endpoint.body)}}
        if endpoint.takes_form:
            content["application/x-www-form-urlencoded"] = {"schema": _ref(endpoint.body)}
        document["requestBody"] = {"required": True, "content": content}
    if endpoint.permission:
        document["x-permission"] = endpoint.permission
    return document


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
            parameter = {"name": name, "in": "query", "required": name in schema["required"], "schema": field}
            found.append(parameter)
    return found


def _responses(contract: Contract, endpoint: Endpoint) -> dict[str, Any]:
    responses = {str(endpoint.status): _response(endpoint.status, endpoint.answer)}
    for status in sorted({*endpoint.statuses, 400, 405, 500, 503}):  # 400: a foreign Host, a NUL in the address
        responses[str(status)] = _response(status, contract.error_type)
    return responses


def _response(status: int, answer: type[msgspec.Struct]) -> dict[str, Any]:
    headers = {"X-Request-ID": {"description": "The request's id", "schema": {"type": "string"}}}
    if status == 429:
        headers["Retry-After"] = {"description": "Seconds to wait", "schema": {"type": "integer"}}
    return {
        "description": HTTPStatus(status).phrase,
        "headers": headers,
        "content": {"application/json": {"schema": _ref(answer)}},
    }


def _schemas(contracts: list[Contract]) -> dict[str, Any]:
    types: list[type[msgspec.Struct]] = []
    for contract in contracts:
        types.append(contract.error_type)
        for endpoint in contract.endpoints:
            types += [used for used in (endpoint.answer, endpoint.body) if used]
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    return components


def _ref(used: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=used.__name__)}
