"""Every odd request to every endpoint of this contract: refused in its shape, and nothing has changed."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Invitation
from apps.audit.models import AuditEvent
from apps.sites.operations import create_site
from tests.api.odd_requests import ADDRESSES, BODIES, KEYS, TYPES, Endpoint, Oddity, Sent, good_request, stored

ENDPOINTS = [
    Endpoint("list", "POST", "/sites/get"),
    Endpoint("list by query", "GET", "/sites/get"),
    Endpoint("get", "POST", "/site/get", body={"siteKey": "SITE"}),
    Endpoint("get by query", "GET", "/site/get", query="siteKey=SITE"),
    Endpoint("create", "POST", "/sites/create", body={"name": "Web", "settings": {"domains": ["web.example"]}}),
    Endpoint("update", "POST", "/sites/update", body={"siteKey": "SITE", "name": "Changed"}),
    Endpoint("delete", "POST", "/sites/delete", body={"siteKey": "SITE"}),
    Endpoint("list people", "GET", "/users/get"),
    Endpoint("invite", "POST", "/users/create", body={"email": "new@x.example", "name": "New", "role": "viewer"}),
    Endpoint("change role", "PUT", "/users/update", body={"email": "bob@people.example", "role": "viewer"}),
    Endpoint("remove", "POST", "/users/delete", body={"email": "bob@people.example"}),
]
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)


@pytest.fixture
def good(alice, bob, shop, make_key):
    """Builds the request that succeeds."""
    create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])
    token = make_key(alice)
    return lambda endpoint: good_request(endpoint, account="", site=shop.site_key, secret="", token=token)


def send(sent: Sent) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(sent.method, sent.address, sent.body, sent.content_type, headers=sent.headers)


def shape_problem(answer: Any) -> str:
    """What is wrong with an error's shape; empty when nothing is."""
    error = answer.json().get("error", {})
    if list(answer.json()) != ["error"] or set(error) != {"code", "message", "key"}:
        return f"shape {answer.text[:200]}"
    if error["code"] != answer.status_code or not error["key"].startswith(("API.", "GENERAL.")):
        return f"code or key {error}"
    if not 10 < len(error["message"]) < 500 or "Traceback" in error["message"]:
        return f"text {error['message']!r}"
    return "cached" if answer["Cache-Control"] != "no-store" else ""


def concerned(endpoint: Endpoint) -> list[Oddity]:
    """The oddities for an endpoint: here no content type is odd, only a body that is not what it says."""
    asked = [oddity for oddity in [*BODIES, *TYPES, *KEYS, *ADDRESSES] if oddity.concerns(endpoint)]
    only_named_oddly = {
        "plain text",
        "HTML",
        "octets",
        "a JSON dialect",
        "a content type of 5000 characters",
        "a content type that is none",
    }
    found = [oddity for oddity in asked if oddity.name not in only_named_oddly]
    return [oddity for oddity in found if not (oddity.name == "PUT" and endpoint.method == "PUT")]


def allowed(oddity: Oddity) -> set[int]:
    """Its statuses; 400 in place of 415, and 404 for a key or an address that nothing has."""
    statuses = {*oddity.statuses}
    return statuses | ({400} if 415 in statuses else set()) | ({404} if 400 in statuses else set())


@every_endpoint
def test_the_request_that_the_odd_ones_are_made_from_succeeds(good, endpoint):
    assert send(good(endpoint)).status_code == 200


@every_endpoint
def test_odd_requests_are_refused_in_the_contracts_shape_and_change_nothing(good, endpoint):
    sent, found = good(endpoint), []
    before, events = [stored(), list(Invitation.objects.values())], AuditEvent.objects.count()

    for oddity in concerned(endpoint):
        answer = send(oddity.change(sent))
        if answer.status_code == 429:
            continue
        if answer.status_code not in allowed(oddity):
            found.append(f"{oddity.name}: {answer.status_code} {answer.text[:200]}")
        elif problem := shape_problem(answer):
            found.append(f"{oddity.name}: {problem}")

    assert found == []
    assert [stored(), list(Invitation.objects.values())] == before
    assert AuditEvent.objects.count() == events


@every_endpoint
def test_a_browsers_session_means_nothing(good, endpoint, alice):
    sent = good(endpoint)

    answer = alice.browser.generic(sent.method, sent.address, sent.body, sent.content_type)

    assert answer.status_code == 401
    assert not answer.cookies


@every_endpoint
def test_an_unknown_parameter_of_a_way_to_read_is_refused(good, endpoint):
    sent = good(endpoint)

    answer = send(replace(sent, query=f"{sent.query}&colour=red"))

    assert answer.status_code == (400 if endpoint.method == "GET" else 200)
