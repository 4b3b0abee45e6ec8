"""The API reference: the OpenAPI document, for people."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.api.contract import TEXT, Credential
from apps.api.placements import APIKEY_HEADER, BEARER, X_API_KEY
from apps.api.urls import openapi_document
from apps.protection import test_keys


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body, a query or an answer."""

    name: str
    type: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of the document, as the page shows it."""

    method: str
    path: str
    anchor: str
    summary: str
    description: SafeString
    permission: str
    fields: list[Field]
    answer_status: str
    answer_fields: list[Field]
    errors: list[tuple[str, str]]
    takes_key: bool
    takes_secret: bool
    curl: str


@page
@require_safe
def api_reference(request: PageRequest) -> HttpResponse:
    """Every endpoint, by contract, with its permission, fields, answers and a curl line."""
    document = openapi_document()
    base_url = request.build_absolute_uri("/").rstrip("/")
    account_id = str(request.actor.account_id)
    entries = _entries(document, base_url, account_id)
    sections = [(tag, [entry for title, entry in entries if title == tag["name"]]) for tag in document["tags"]]
    context = {
        "sections": sections,
        "base_url": base_url,
        "account_id": account_id,
        "requests_per_minute": settings.API_REQUESTS_PER_MINUTE,
        "verifications_per_minute": settings.VERIFY_REQUESTS_PER_MINUTE,
        "refused_per_minute": settings.REFUSED_REQUESTS_PER_MINUTE,
        "test_keys": test_keys.ALL,
    }
    return render(request, "dashboard/reference.html", context)


def _entries(document: dict[str, Any], base_url: str, account_id: str) -> list[tuple[str, Entry]]:
    return [
        (operation["tags"][0], _entry(document, path, method, operation, base_url, account_id))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _schema_of(parameter: dict[str, Any]) -> dict[str, Any]:
    """What a parameter may be; one that is an object or a list stands in the query as JSON."""
    found: dict[str, Any] = parameter.get("schema") or parameter["content"]["application/json"]["schema"]
    return found


def _entry(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], base_url: str, account_id: str
) -> Entry:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = [
        Field(
            parameter["name"],
            _type(_schema_of(parameter)),
            parameter["required"],
            _schema_of(parameter).get("description", f"In the {parameter['in']}"),
        )
        for parameter in operation.get("parameters", [])
    ]
    success, *errors = sorted(operation["responses"].items())
    answer = success[1].get("content", {}).get("application/json", {}).get("schema")
    return Entry(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        summary=operation["summary"],
        description=_with_code(operation["description"].split("\n\n")[0]),
        permission=operation.get("x-permission", ""),
        fields=parameters + (_fields(document, body) if body else []),
        answer_status=success[0],
        answer_fields=_fields(document, answer) if answer else [],
        errors=[(status, response["description"]) for status, response in errors],
        takes_key=bool(operation["security"]),
        takes_secret=operation["x-credential"] == Credential.SITE_SECRET,
        curl=_curl(document, path, method, operation, base_url, account_id),
    )


def _with_code(text: str) -> SafeString:
    """Escaped, with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    marked = (format_html("<code>{}</code>", part) if place % 2 else part for place, part in parts)
    return format_html_join("", "{}", ((part,) for part in marked))


def _fields(document: dict[str, Any], schema: dict[str, Any], within: str = "") -> list[Field]:
    if "anyOf" in schema:  # what a client hopes for comes first
        return _fields(document, schema["anyOf"][0], within)
    if schema.get("type") == "array":
        return _fields(document, schema["items"], f"{within}[].")
    if "$ref" not in schema:
        return [Field(within.removesuffix("."), _type(schema), True, schema.get("description", ""))]
    resolved = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    required = resolved.get("required", [])
    fields = []
    for name, field in resolved["properties"].items():
        fields.append(Field(within + name, _type(field), name in required, field.get("description", "")))
        is_list = field.get("type") == "array"
        for option in [field["items"]] if is_list else field.get("anyOf", [field]):
            if "$ref" in option:
                fields += _fields(document, option, f"{within}{name}{'[]' if is_list else ''}.")
    return fields


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return "object"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}s"
    return str(schema.get("format", schema.get("type", "any")))


_EXAMPLES: dict[str, Any] = {
    "name": "My App",
    "allowedOrigins": ["https://app.example.com"],
    "solution": "SOLUTION",
    "secret": "ss_live_…",
    "siteKey": "sk_live_…",
    "domain": "example.com",
    "label": "Production - Login",
    "sitekey": "/captcha_sitekeys/42",
    "sitekey_id": 42,
    "email": "colleague@example.com",
    "password": "…",
    "permission": "read",
    "client_token": "TOKEN",
    "settings": {"domains": ["example.com"]},
    "role": "viewer",
    "permissions": {"Sites": ["getSite", "getSites"]},
    "apiKeyId": "KEY_ID",
    "credentials": ["nct_…"],
    "rule": {"type": "block", "conditions": [{"field": "ip", "operator": "equals", "value": "203.0.113.7"}]},
    "userScopeHash": "HANDLE",
    "ruleGroupId": "GROUP",
    "suggestionId": "SUGGESTION_ID",
    "suggestionIds": ["SUGGESTION_ID"],
    "clientKey": "nct_…",
    "taskId": "TASK_ID",
}
_PLAIN: dict[str, Any] = {"name": "My-App"}  # where names are plain
_BODIES: dict[str, Any] = {
    "post_org": {"name": "My team"},
    "put_org": {"id": "ORG_ID", "name": "Our team"},
    "delete_org": {"id": "ORG_ID"},
    "post_org_properties": [{"name": "Blog", "domain": "example.com"}],
    "put_properties": [{"id": "PROPERTY_ID", "level": 96}],
    "delete_properties": ["PROPERTY_ID"],
    "site_verify": {"secret": "ss_live_…", "token": "TOKEN"},
    "post_create_task": {"clientKey": "nct_…", "task": {"type": "ImageToTextTask", "body": "BASE64_IMAGE"}},
    "post_solve": {"type": "ImageToTextTask", "body": "BASE64_IMAGE"},
}
"""Whole examples, by the name of the operation, where a body is a list or none of its fields is required."""
_PLACES: dict[str, str] = {"siteKey": "SITE_KEY", "org_id": "ORG_ID", "property_id": "PROPERTY_ID", "id": "42"}


def _curl(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], base_url: str, account_id: str
) -> str:
    examples = _EXAMPLES | {"accountId": account_id} | ({"sitekey": "pk_…"} if path.startswith("/v1/") else {})
    examples |= _PLAIN if path.startswith("/sites/") else {}
    address = base_url + path.replace("/asynctask/{id}", "/asynctask/TASK_ID").format_map(_PLACES)
    parameters = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    query = [parameter["name"] for parameter in parameters if parameter["required"]]
    if query:
        address += "?" + "&".join(f"{name}={examples.get(name, name.upper())}" for name in query)
    lines = ["curl" + ("" if method == "get" else f" -X {method.upper()}") + f' "{address}"']
    if operation["security"] == [{"apiKeyQuery": []}]:
        lines[0] = f'curl "{address}?apiKey=$GATEHOUSE_KEY"'
    elif operation["security"] and {} not in operation["security"]:
        own_place = {"apiKeyHeader": X_API_KEY, "apikeyHeader": APIKEY_HEADER}
        lines.append(f'-H "{own_place.get(next(iter(operation["security"][0])), BEARER).curl}"')
    content = operation.get("requestBody")
    if content and TEXT in content["content"]:
        lines += [f'-H "Content-Type: {TEXT}"', '-d "SOLUTION"']
    elif content:
        body = _BODIES.get(operation["operationId"]) or _example(document, content, examples)
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _example(document: dict[str, Any], content: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """A body with the fields that are required; where none is, with those that there is an example for."""
    fields = _fields(document, content["content"]["application/json"]["schema"])
    some = [field.name for field in fields if field.name in examples and "." not in field.name]
    names = [field.name for field in fields if field.is_required and "." not in field.name] or some
    return {name: examples.get(name, name.upper()) for name in names}
