"""The OpenAPI document as a judge: is this answer described?"""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from apps.api.urls import openapi_document

DOCUMENT = openapi_document()
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


def path_pattern(path: str) -> re.Pattern[str]:
    """What the document's path matches; each answers with and without a trailing slash."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path) + "/?")


PATTERNS = {path: path_pattern(path) for path in DOCUMENT["paths"]}


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Judges against a schema of the document, given as JSON."""
    return Draft202012Validator(
        {**json.loads(schema), "components": DOCUMENT["components"]}, format_checker=FormatChecker()
    )


def undescribed(method: str, path: str, answer: Any) -> str:
    """What is not described of an answer; empty when all of it is, or the path is not the document's.

    Args:
        method: of the request.
        path: of the request, decoded.
        answer: Django's, whole.
    """
    methods = next((DOCUMENT["paths"][known] for known, pattern in PATTERNS.items() if pattern.fullmatch(path)), None)
    if methods is None or (method == "OPTIONS" and answer.status_code == 204):  # which browsers ask, and no developer
        return ""
    operation = methods.get("get" if method == "HEAD" else method.lower()) or next(iter(methods.values()))
    problems = _problems(operation["responses"].get(str(answer.status_code)), method, answer)
    return f"{method} {path} answered {answer.status_code} {answer.text[:300]}: {problems}" if problems else ""


def _problems(response: dict[str, Any] | None, method: str, answer: Any) -> list[str]:
    if response is None:
        return ["this status is not described"]
    if "content" not in response:
        return ["there is a body"] if answer.content else []
    content = response["content"].get(answer.headers["Content-Type"])
    if content is None:
        return [f"{answer.headers['Content-Type']} is not described"]
    if method == "HEAD":
        return []
    judge = _validator(json.dumps(content["schema"], sort_keys=True))
    return [error.message for error in judge.iter_errors(answer.json())]
