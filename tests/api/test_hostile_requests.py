"""Every odd request to every endpoint: a 4xx in the contract's own shape, and nothing has changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.sites.operations import create_site
from tests.api.odd_requests import ENDPOINTS, ODDITIES, Endpoint, Oddity, Sent, good_request, stored

ROWS = [
    pytest.param(endpoint, oddity, id=f"{endpoint.name}: {oddity.name}")
    for endpoint in ENDPOINTS
    for oddity in ODDITIES
    if oddity.concerns(endpoint)
]
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
with_key = pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if endpoint.takes_key], ids=lambda endpoint: endpoint.name
)


@pytest.fixture
def good(alice, make_key):
    """Builds the request that succeeds."""
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    token = make_key(alice)

    def build(endpoint: Endpoint, token: str = token) -> Sent:
        return good_request(
            endpoint,
            account=str(alice.account.pk),
            site=made.site.site_key,
            secret=made.secret.reveal(),
            token=token,
        )

    return build


def send(sent: Sent) -> Any:
    client = Client(raise_request_exception=False)
    return client.generic(sent.method, sent.address, sent.body, sent.content_type, headers=sent.headers)


def assert_shape(endpoint: Endpoint, answer: Any, *, is_endpoints_own: bool = True) -> None:
    """The error is JSON, and of the endpoint's contract where the path is the endpoint's."""
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    if endpoint.name == "verify" and is_endpoints_own:
        assert set(body) == {"error", "requestId"}
        assert {name: type(value) for name, value in body["error"].items()} == {
            "code": str,
            "message": str,
            "retryable": bool,
        }
        assert body["requestId"] == answer["X-Request-ID"]
        text = body["error"]["message"]
    else:
        assert list(body) == ["error"]
        text = body["error"]
    assert isinstance(text, str)
    assert 10 < len(text) < 300
    assert text.endswith((".", "…"))
    assert "Traceback" not in text


@every_endpoint
def test_the_request_that_the_odd_ones_are_made_from_succeeds(good, endpoint):
    assert send(good(endpoint)).status_code in {200, 201}


@pytest.mark.parametrize(("endpoint", "oddity"), ROWS)
def test_an_odd_request_is_refused_in_the_contracts_shape_and_changes_nothing(good, endpoint: Endpoint, oddity: Oddity):
    sent = oddity.change(good(endpoint))
    before, events = stored(), AuditEvent.objects.count()

    answer = send(sent)

    assert answer.status_code in oddity.statuses, answer.text[:300]
    assert_shape(endpoint, answer, is_endpoints_own="path" not in oddity.name)
    assert stored() == before
    assert AuditEvent.objects.count() == events


def expired(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def deleted(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(deleted_at=clock.now())


def creator_left(key: ApiKey) -> None:
    Membership.objects.filter(person=key.created_by).delete()


def creator_deactivated(key: ApiKey) -> None:
    key.created_by.is_active = False
    key.created_by.save()


@with_key
@pytest.mark.parametrize(
    ("end", "says"),
    [
        (expired, "has expired"),
        (deleted, "was deleted"),
        (creator_left, "creator left"),
        (creator_deactivated, "creator left"),
    ],
)
def test_a_key_that_has_ended_is_a_401_that_says_how_it_ended(good, grace, make_key, endpoint, end, says):
    token = make_key(grace)
    end(ApiKey.objects.get(created_by=grace.user))
    before = stored()

    answer = send(good(endpoint, token))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert says in answer.json()["error"]
    assert_shape(endpoint, answer)
    assert stored() == before


def test_the_use_of_an_ended_key_is_in_the_log_once_a_minute(good, grace, make_key):
    token = make_key(grace)
    deleted(ApiKey.objects.get(created_by=grace.user))

    answers = [send(good(ENDPOINTS[1], token)) for _ in range(3)]

    event = AuditEvent.objects.get(action="key.refused")
    assert event.request_id == answers[0]["X-Request-ID"]
    assert "was deleted" in event.reason
    with clock.at(clock.now() + timedelta(seconds=61)):
        send(good(ENDPOINTS[1], token))
    assert AuditEvent.objects.filter(action="key.refused").count() == 2


@with_key
def test_a_key_that_holds_something_else_is_a_403_that_names_what_is_missing(good, alice, make_key, endpoint):
    needed = {
        "create": "createSite",
        "list": "getSites",
        "get": "getSite",
        "update": "updateSite",
        "deactivate": "deleteSite",
        "rotate": "rotateSecret",
    }
    token = make_key(alice, "verify")
    before = stored()

    answer = send(good(endpoint, token))

    if endpoint.name == "whoami":
        assert answer.json()["permissions"] == ["verify"]
        return
    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == needed[endpoint.name]
    assert needed[endpoint.name] in answer.json()["error"]
    assert_shape(endpoint, answer)
    assert stored() == before
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert event.outcome == "refused"


@every_endpoint
def test_a_body_without_a_content_type_is_read_as_json(good, endpoint):
    sent = good(endpoint)

    answer = Client().generic(sent.method, sent.address, sent.body, "", headers=sent.headers)

    assert answer.status_code in {200, 201}
