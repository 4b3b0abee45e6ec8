"""Every error has a status, a sentence, and a key for programs."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.audit.models import AuditEvent
from apps.sites.operations import deactivate_site
from tests.api.prosopo.conftest import (
    CREATE,
    DELETE,
    INVITE,
    REMOVE,
    SITE_GET,
    SITES_GET,
    UPDATE,
    new_site,
    put,
    refused,
)
from tests.people import Api


def test_a_body_that_is_missing_unreadable_or_wrong_has_a_key_for_each(api):
    assert "empty" in refused(api.post(SITE_GET, b""), 400, "API.MISSING_BODY")
    assert "empty" in refused(api.post(SITE_GET, b" \n"), 400, "API.MISSING_BODY")
    assert "not JSON" in refused(api.post(SITE_GET, b'{"siteKey":'), 400, "API.PARSE_ERROR")
    assert "twice" in refused(api.post(SITE_GET, b'{"siteKey":"a","siteKey":"b"}'), 400, "API.PARSE_ERROR")
    assert refused(api.post(SITE_GET, b"[]"), 400, "API.INVALID_BODY")
    assert refused(api.post(SITE_GET, {}), 400, "API.INVALID_BODY") == "siteKey is missing."
    assert "siteKey" in refused(api.post(SITE_GET, {"siteKey": 1}), 400, "API.INVALID_BODY")
    assert refused(api.get(SITE_GET), 400, "API.INVALID_BODY") == "siteKey is missing."


def test_a_missing_header_and_a_key_that_does_not_work_have_a_key_each(api):
    for headers in ({}, {"Authorization": ""}):
        answer = Client(headers=headers).get(SITES_GET)
        assert "No API key was sent" in refused(answer, 401, "API.MISSING_AUTHORIZATION_HEADER")
        assert answer["WWW-Authenticate"] == "Bearer"
    for header in ("Basic x", "Bearer", "Bearer x", f"Bearer nct_{'0' * 38}"):
        refused(Client(headers={"Authorization": header}).get(SITES_GET), 401, "API.UNAUTHORIZED")


def test_a_missing_permission_is_named_in_data_and_header_and_in_the_log(alice, shop, make_key):
    answer = Api(make_key(alice, "getSites")).post(DELETE, {"siteKey": shop.site_key})

    assert "lacks the permission deleteSite" in refused(answer, 403, "API.INSUFFICIENT_PERMISSIONS")
    assert answer.json()["error"]["data"] == {"required": "deleteSite"}
    assert answer["X-Accepted-Permissions"] == "deleteSite"
    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert (event.action, event.outcome, event.surface) == ("site.deactivated", "refused", "prosopo")


def test_a_site_that_is_missing_or_somebody_elses_is_not_there(api, dave, make_key, shop):
    for key in ("sk_live_0000000000000000000001", "", "x" * 500, "é"):
        refused(api.post(SITE_GET, {"siteKey": key}), 404, "GENERAL.SITE_KEY_NOT_FOUND")
        refused(api.post(UPDATE, {"siteKey": key}), 404, "GENERAL.SITE_KEY_NOT_FOUND")
        refused(api.post(DELETE, {"siteKey": key}), 404, "GENERAL.SITE_KEY_NOT_FOUND")
    stranger = Api(make_key(dave))
    foreign, missing = (
        stranger.get(SITE_GET, siteKey=key) for key in (shop.site_key, "sk_live_0000000000000000000001")
    )
    assert foreign.content == missing.content


def test_an_address_that_is_nobodys_here_is_an_account_that_is_not_there(api, dave):
    for email in ("nobody@people.example", dave.user.email):
        refused(api.post(REMOVE, {"email": email}), 404, "GENERAL.ACCOUNT_NOT_FOUND")
        refused(put(api, "/users/update", {"email": email, "role": "viewer"}), 404, "GENERAL.ACCOUNT_NOT_FOUND")


def test_conflicts_have_a_key_each(api, alice, bob, shop):
    assert api.post(CREATE, new_site("Web-1")).status_code == 200
    refused(api.post(CREATE, new_site("Web-1")), 409, "PORTAL.DUPLICATE_SITE_NAME")
    deactivate_site(alice.actor, site_key=shop.site_key)
    web = api.get(SITES_GET).json()["sites"][1]["siteKey"]
    refused(api.post(DELETE, {"siteKey": web}), 409, "PORTAL.LAST_ACTIVE_SITE")
    body = {"email": bob.user.email, "name": "Bob", "role": "viewer"}
    refused(api.post(INVITE, body), 409, "PORTAL.USER_ALREADY_EXISTS")
    refused(api.post(REMOVE, {"email": alice.user.email}), 409, "PORTAL.CANNOT_DELETE_YOURSELF")


def test_what_concerns_the_request_as_a_whole_has_keys_too(api, settings):
    put_answer = api.client.put(SITES_GET)
    refused(put_answer, 405, "API.METHOD_NOT_ALLOWED")
    assert put_answer["Allow"] == "GET, HEAD, POST"
    refused(api.client.get(REMOVE), 405, "API.METHOD_NOT_ALLOWED")
    refused(api.post(CREATE, b'{"name": "' + b"x" * 1_100_000 + b'"}'), 413, "API.PAYLOAD_TOO_LARGE")
    refused(api.client.get(SITES_GET, headers={"Host": "evil.example"}), 400, "API.BAD_REQUEST")
    settings.API_REQUESTS_PER_MINUTE = 1
    answer = [api.get(SITES_GET) for _ in range(20)][-1]
    refused(answer, 429, "API.TOO_MANY_REQUESTS")
    assert int(answer["Retry-After"]) > 0


def test_a_fault_of_ours_and_a_database_that_is_away_have_keys(make_key, alice, monkeypatch):
    client = Client(headers={"Authorization": f"Bearer {make_key(alice)}"}, raise_request_exception=False)

    def raising(error: Exception) -> Any:
        def fail(*_args: Any, **_kwargs: Any) -> None:
            raise error

        return fail

    monkeypatch.setattr("apps.api.prosopo.site_views.operations.list_sites", raising(RuntimeError("secret detail")))
    assert "secret detail" not in refused(client.get(SITES_GET), 500, "API.INTERNAL_ERROR")
    monkeypatch.setattr("apps.api.prosopo.site_views.operations.list_sites", raising(OperationalError("away")))
    answer = client.get(SITES_GET)
    refused(answer, 503, "API.SERVICE_UNAVAILABLE")
    assert answer["Retry-After"]


@pytest.mark.parametrize(
    "path", ["/sites", "/sites/", "/sites/get/more", "/site/x", "/users/x", "/api-keys/x", "/users"]
)
def test_a_path_below_this_contracts_that_is_no_endpoint_answers_in_its_shape(api, path):
    refused(api.get(path), 404, "API.NOT_FOUND")


@pytest.mark.parametrize("path", [SITES_GET, f"{SITES_GET}/"])
def test_paths_answer_with_and_without_a_trailing_slash(api, path):
    assert json.loads(api.client.get(path).content) == {"sites": []}
