"""Every odd request to every endpoint of this contract: refused in its shape, and nothing has changed."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEvent
from apps.permissions.models import Share
from apps.sites.operations import create_site
from apps.sites.secrets import add_secret
from tests.api.eucaptcha.conftest import LOGIN, PERMISSIONS, SECRETS, SITEKEYS, STATISTICS, log_in
from tests.api.odd_requests import ADDRESSES, BODIES, KEYS, TYPES, Endpoint, Oddity, Sent, good_request, stored
from tests.people import PASSWORD

ENDPOINTS = [
    Endpoint("list", "GET", SITEKEYS),
    Endpoint("create", "POST", SITEKEYS, body={"domain": "app.example.com", "label": "x"}),
    Endpoint("get", "GET", f"{SITEKEYS}/SITE"),
    Endpoint("update", "PATCH", f"{SITEKEYS}/SITE", body={"label": "Changed"}),
    Endpoint("delete", "DELETE", f"{SITEKEYS}/SITE"),
    Endpoint("list permissions", "GET", PERMISSIONS, query="sitekey_id=SITE"),
    Endpoint(
        "grant", "POST", PERMISSIONS, body={"sitekey_id": "SITE", "email": "bob@people.example", "permission": "write"}
    ),
    Endpoint("change permission", "PATCH", f"{PERMISSIONS}/SHARE", body={"permission": "write"}),
    Endpoint("remove permission", "DELETE", f"{PERMISSIONS}/SHARE"),
    Endpoint("list secrets", "GET", f"{SECRETS}/SITE"),
    Endpoint("add secret", "POST", SECRETS, body={"sitekey": "SITE"}),
    Endpoint("delete secret", "DELETE", f"{SECRETS}/OTHER"),
    Endpoint("statistics", "GET", STATISTICS),
    Endpoint("statistics at the root", "GET", "/captcha-stats-user"),
    Endpoint("login", "POST", LOGIN, body={"email": "alice@people.example", "password": PASSWORD}, takes_key=False),
    Endpoint(
        "verify",
        "POST",
        "/v1/verify",
        body={"secret": "SECRET", "sitekey": "SITE-KEY", "response": "x"},
        takes_key=False,
    ),
    Endpoint(
        "verify credentials",
        "POST",
        "/v1/verify-credentials",
        body={"secret": "SECRET", "sitekey": "SITE-KEY"},
        takes_key=False,
    ),
]
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
NO_ODDITIES = {("update", "another type: null")}
"""`null` empties the label."""


@pytest.fixture(params=["API key", "login token"])
def good(request, alice, bob, shop, make_key):
    """Builds the request that succeeds."""
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])
    token = make_key(alice) if request.param == "API key" else log_in(alice)
    share = Share.objects.get(person=bob.user)
    add_secret(alice.actor, site_key=other.site.site_key)

    def build(endpoint: Endpoint) -> Sent:
        sent = good_request(endpoint, account="", site="SITE", secret=other.secret.reveal(), token=token)

        def filled(text: str) -> str:
            text = text.replace("SITE-KEY", other.site.site_key).replace("SITE", str(shop.pk))
            return text.replace("SHARE", str(share.pk)).replace("OTHER", str(other.stored.pk))

        return replace(sent, path=filled(sent.path), query=filled(sent.query), body=filled(sent.body.decode()).encode())

    return build


def send(sent: Sent) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(sent.method, sent.address, sent.body, sent.content_type, headers=sent.headers)


def shape_problem(answer: Any, *, is_verify: bool) -> str:
    """What is wrong with an error's shape; empty when nothing is."""
    body = answer.json()
    if is_verify:
        wanted, text = {"success", "error", "message"}, body.get("message", "")
    elif answer.status_code == 401:
        wanted, text = {"code", "message"}, body.get("message", "")
    else:
        wanted, text = {"title", "detail", "status", "type"}, body.get("detail", "")
    if set(body) - {"violations"} != wanted:
        return f"shape {sorted(body)}"
    if not 10 < len(text) < 400 or "Traceback" in text:
        return f"text {text!r}"
    return "cached" if answer["Cache-Control"] != "no-store" else ""


def concerned(endpoint: Endpoint) -> list[Oddity]:
    """The oddities for an endpoint; those of a key in the path are NeoCaptcha's own."""
    asked = [oddity for oddity in [*BODIES, *TYPES, *KEYS, *ADDRESSES] if oddity.concerns(endpoint)]
    return [
        oddity
        for oddity in asked
        if not oddity.name.startswith("site key") and (endpoint.name, oddity.name) not in NO_ODDITIES
    ]


def allowed(endpoint: Endpoint, oddity: Oddity) -> set[int]:
    """Its statuses; 422 besides 400 where fields are named, 404 for a reference to nothing."""
    statuses = {*oddity.statuses}
    if 400 in statuses and endpoint.name not in {"verify", "verify credentials"}:
        statuses.add(422)
    if "1.5" in oddity.name or "number" in oddity.name:
        statuses.add(404)
    return statuses


@every_endpoint
def test_the_request_that_the_odd_ones_are_made_from_succeeds(good, endpoint):
    assert send(good(endpoint)).status_code in {200, 201, 204}


@every_endpoint
def test_odd_requests_are_refused_in_the_contracts_shape_and_change_nothing(good, endpoint):
    sent, found = good(endpoint), []
    before, events = [stored(), list(Share.objects.values())], AuditEvent.objects.count()

    for oddity in concerned(endpoint):
        answer = send(oddity.change(sent))
        if answer.status_code == 429:
            continue
        if answer.status_code not in allowed(endpoint, oddity):
            found.append(f"{oddity.name}: {answer.status_code} {answer.text[:200]}")
        elif problem := shape_problem(answer, is_verify=endpoint.name.startswith("verify")):
            found.append(f"{oddity.name}: {problem}")

    assert found == []
    assert [stored(), list(Share.objects.values())] == before
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if endpoint.takes_key], ids=lambda endpoint: endpoint.name
)
def test_a_browsers_session_means_nothing(good, endpoint, alice):
    sent = good(endpoint)

    answer = alice.browser.generic(sent.method, sent.address, sent.body, sent.content_type)

    assert answer.status_code == 401
    assert not answer.cookies
