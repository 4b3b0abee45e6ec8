"""The OpenAPI document as a judge: is this answer described?"""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from apps import VERSION
from apps.api.openapi import build_document
from apps.api.urls import CONTRACTS

DOCUMENT = build_document(CONTRACTS, version=VERSION)
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


def path_pattern(path: str) -> re.Pattern[str]:
    """What the document's path matches; each answers with and without a trailing slash."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?")


PATTERNS = {path: path_pattern(path) for path in DOCUMENT["paths"]}


@cache
def validator(reference: str) -> Draft202012Validator:
    """Judges against one of the document's schemas."""
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def undescribed(method: str, path: str, status: int, content_type: str, body: Any) -> str:
    """What is not described of an answer; empty when all of it is, or the path is not the document's.

    Args:
        method: of the request.
        path: of the request, decoded.
        status: of the answer.
        content_type: of the answer.
        body: of the answer, decoded; `None` for an answer to HEAD.
    """
    methods = next((DOCUMENT["paths"][known] for known, pattern in PATTERNS.items() if pattern.fullmatch(path)), None)
    if methods is None:
        return ""
    operation = methods.get("get" if method == "HEAD" else method.lower()) or next(iter(methods.values()))
    response = operation["responses"].get(str(status))
    if response is None:
        return f"{method} {path} answered {status}, which {operation['operationId']} does not describe."
    if content_type not in response["content"]:
        return f"{method} {path} answered {content_type}."
    if body is None:
        return ""
    errors = [
        error.message for error in validator(response["content"][content_type]["schema"]["$ref"]).iter_errors(body)
    ]
    return f"{method} {path} answered {status} with {body}: {errors}" if errors else ""
