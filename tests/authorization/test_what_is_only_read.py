"""What everybody may read and nobody can send anything to says 405 and what it takes, before any form's token."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.page import Access
from tests.architecture.test_urls_declare_access import PATTERNS
from tests.authorization.open_addresses import OPEN
from tests.authorization.rows import address_of

pytestmark = pytest.mark.django_db

SENT_TO = {address_of(key)[0] for key in OPEN if not key.endswith(" GET")}
ONLY_READ = {
    str(pattern.name): [*pattern.pattern.converters]
    for pattern in PATTERNS
    if getattr(pattern.callback, "access", None) is Access.PUBLIC and pattern.name not in SENT_TO
}


def answer_to(name: str, method: str) -> Any:
    path = reverse(name, kwargs=dict.fromkeys(ONLY_READ[name], "x"))
    return Client(enforce_csrf_checks=True).generic(method, path, b"x", "text/plain")


def test_these_are_all() -> None:
    assert {"widget", "livez", "readyz", "openapi", "styleguide", "openid_connect_login"} <= set(ONLY_READ)


@pytest.mark.parametrize("name", ONLY_READ)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_sending_something_is_a_405(name: str, method: str) -> None:
    answer = answer_to(name, method)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/json")
    assert {"GET", "HEAD"} <= set(answer["Allow"].split(", "))
    assert method in json.loads(answer.content)["error"]


@pytest.mark.parametrize("name", sorted(set(ONLY_READ) - {"openapi"}))
def test_options_say_what_it_takes(name: str) -> None:
    answer = answer_to(name, "OPTIONS")
    assert (answer.status_code, answer.content, answer["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("name", ["widget", "livez", "openapi"])
def test_head_answers_as_get_without_the_content(name: str) -> None:
    head, got = answer_to(name, "HEAD"), answer_to(name, "GET")
    told = ("Content-Type", "Content-Length", "Cache-Control")
    assert (head.status_code, head.content) == (200, b"")
    assert [head[header] for header in told] == [got[header] for header in told]
