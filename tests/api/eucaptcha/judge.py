"""The OpenAPI document as a judge of this contract's answers: is this one described?"""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from apps import VERSION
from apps.api.openapi import build_document
from apps.api.urls import CONTRACTS

DOCUMENT = build_document(CONTRACTS, version=VERSION)
_PATHS = {
    re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?"): methods
    for path, methods in DOCUMENT["paths"].items()
    if not path.startswith("/api/")
}


@cache
def _validator(reference: str) -> Draft202012Validator:
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def problems(method: str, path: str, answer: Any) -> list[str]:
    """What the document does not say of an answer; nothing for paths that are not in it.

    Args:
        method: of the request.
        path: of the request, decoded.
        answer: Django's.
    """
    methods = next((methods for pattern, methods in _PATHS.items() if pattern.fullmatch(path)), None)
    if methods is None:
        return []
    operation = methods.get("get" if method == "HEAD" else method.lower()) or next(iter(methods.values()))
    response = operation["responses"].get(str(answer.status_code))
    if response is None:
        return [f"{answer.status_code} is not described"]
    if "content" not in response:
        return ["there is a body"] if answer.content else []
    content = response["content"].get(answer.headers["Content-Type"])
    if content is None:
        return [f"{answer.headers['Content-Type']} is not described"]
    if method == "HEAD":
        return []
    body, schema = answer.json(), content["schema"]
    parts = body if "items" in schema else [body]
    reference = schema.get("items", schema)["$ref"]
    return [error.message for part in parts for error in _validator(reference).iter_errors(part)]
