"""What every answer has: the envelope, the request's id, how many requests are left; whatever goes wrong."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.api.privatecaptcha.codes import Code
from apps.api_keys.models import ApiKey
from apps.audit import clock
from tests.api.privatecaptcha.conftest import Portal, answered

LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def test_a_request_without_a_key_is_400(portal):
    for headers in ({}, {"X-API-Key": ""}, {"X-API-Key": "  "}):
        assert "X-API-Key" in answered(Client(headers=headers).get("/orgs"), 1001, 400)


def test_the_key_has_one_place(alice, make_key):
    token, other = make_key(alice), make_key(alice)
    bearer = {"Authorization": f"Bearer {token}"}

    answered(Client(headers=bearer).get("/orgs"), 1001, 400)
    answered(Client(headers=bearer | {"X-API-Key": token}).get("/orgs"))
    assert "Two different" in answered(Client(headers=bearer | {"X-API-Key": other}).get("/orgs"), 1001, 400)
    assert "Two different" in answered(Client(headers={"X-API-Key": f"{token},{other}"}).get("/orgs"), 1001, 400)
    answered(Client(headers={"X-API-Key": token, "Authorization": "Basic x"}).get("/orgs"))


@pytest.mark.parametrize("token", ["x", "nct_" + "0" * 38, "Bearer nct_x", "é"])
def test_a_key_that_is_none_is_403(token):
    answer = Client(headers={"X-API-Key": token}).get("/orgs")
    answered(answer, 1001, 403)
    assert "WWW-Authenticate" not in answer


@pytest.mark.parametrize("field", ["expires_at", "deleted_at", "disabled_at"])
def test_a_key_that_stopped_is_403_at_its_next_request(portal, field):
    answered(portal.get("/orgs"))
    ApiKey.objects.update(**{field: clock.now()})
    answered(portal.get("/orgs"), 1001, 403)


def test_what_the_permission_is_is_told(alice, make_key):
    answer = Portal(make_key(alice, "getSites")).post("/org", {"name": "New"})

    assert "createOrganization" in answered(answer, 1001, 403)
    assert answer["X-Accepted-Permissions"] == "createOrganization"


def test_every_answer_to_a_known_key_says_how_many_requests_are_left(portal, org_id, settings):
    settings.API_REQUESTS_PER_MINUTE = 1000
    answers = [portal.get("/orgs"), portal.post("/org", {}), portal.get("/asynctask/x")]

    for answer in answers:
        limit, remaining, reset = (int(answer[name]) for name in LIMITS)
        assert limit == 1000
        assert 0 < remaining < 1000
        assert 0 < reset <= 60
    left = [int(answer["X-RateLimit-Remaining"]) for answer in answers]
    assert left[1] < left[0] or left[1] == 999  # where a new minute has begun


def test_too_many_requests_are_429_with_the_time_to_wait(portal, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    answer = [portal.get("/orgs") for _ in range(8)][-1]

    assert "at most 3 a minute" in answered(answer, 1001, 429)
    assert 0 < int(answer["Retry-After"]) <= 60
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("3", "0")


def test_a_request_without_a_working_key_is_told_of_no_limit():
    answer = Client(headers={"X-API-Key": "x"}).get("/orgs")
    assert not [name for name in LIMITS if name in answer]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_may_be_called_so_in_several_ways(portal, content_type):
    answered(portal.client.post("/org", b'{"name": "New"}', content_type=content_type))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_400(portal, content_type):
    answered(portal.client.post("/org", b'{"name": "New"}', content_type=content_type), 1001, 400)


@pytest.mark.parametrize("body", [b"", b" ", b"{", b'{"name":"a","name":"b"}', b"\xff", b'{"name":"\\u0000"}'])
def test_what_is_no_json_is_400(portal, body):
    answered(portal.post("/org", body), 1001, 400)


@pytest.mark.parametrize("path", ["/org", "/org/", "/orgs/x", "/properties/x", "/asynctask", "/org/a/b/c", "/org/a"])
def test_what_is_no_endpoint_has_the_envelope_too(portal, path):
    status = 405 if path.rstrip("/") == "/org" else 404
    answered(portal.get(path), 1001, status)


def test_another_method_is_405_with_those_that_are_taken(portal):
    answer = portal.call("PATCH", "/org", {})
    assert answered(answer, 1001, 405)
    assert answer["Allow"] == "DELETE, POST, PUT"


def test_a_body_that_is_too_large_is_413(portal):
    answered(portal.post("/org", b'{"name": "' + b"x" * 1_100_000 + b'"}'), 1001, 413)


def test_a_fault_of_ours_and_a_database_that_is_away_have_the_envelope_too(portal, monkeypatch):
    def failing_with(error: Exception) -> Any:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise error

        return fail

    place = "apps.api.privatecaptcha.organization_views.organizations.list_organizations"
    monkeypatch.setattr(place, failing_with(RuntimeError("secret detail")))
    assert "secret detail" not in answered(portal.get("/orgs"), 1001, 500)
    monkeypatch.setattr(place, failing_with(OperationalError("away")))
    answer = portal.get("/orgs")
    answered(answer, 1001, 503)
    assert answer["Retry-After"]


def test_a_foreign_host_is_400(portal):
    answered(portal.client.get("/orgs", headers={"Host": "evil.example"}), 1001, 400)


def test_every_code_has_a_sentence():
    assert all(code.sentence for code in Code)
    assert len(Code) == 28
