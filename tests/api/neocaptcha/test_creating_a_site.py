"""POST /api/v1/sites, field by field as the vendor's page shows it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.credentials.format import PATTERNS, TokenKind
from apps.sites.models import Site
from tests.api.conftest import SITES
from tests.people import Api

FIELDS = {
    "name": str,
    "allowedOrigins": list,
    "siteKey": str,
    "siteSecret": str,
    "isActive": bool,
    "createdAt": str,
    "message": str,
}


def test_the_answer_has_exactly_the_fields_of_the_page(api, new_site):
    answer = api.post(SITES, new_site)

    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert {name: type(value) for name, value in answer.json().items()} == FIELDS


def test_the_answer_says_what_was_made_and_that_the_secret_is_shown_once(api, new_site):
    body = api.post(SITES, new_site).json()

    assert (body["name"], body["allowedOrigins"], body["isActive"]) == ("My App", ["https://app.example.com"], True)
    assert re.fullmatch(r"sk_live_[0-9A-Za-z]{22}", body["siteKey"])
    assert PATTERNS[TokenKind.SITE_SECRET].fullmatch(body["siteSecret"])
    assert body["message"] == "Site created successfully. Save the siteSecret - it cannot be retrieved again."


def test_times_are_whole_seconds_in_utc(api, new_site):
    created_at = api.post(SITES, new_site).json()["createdAt"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created_at)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(created_at)) < timedelta(seconds=60)


def test_the_new_site_belongs_to_the_account_and_to_the_keys_creator(api, new_site, alice):
    key = api.post(SITES, new_site).json()["siteKey"]

    site = Site.objects.get()
    assert (site.site_key, site.account, site.created_by) == (key, alice.account, alice.user)


def test_two_sites_may_have_one_name_and_never_one_key_or_secret(api, new_site):
    first, second = api.post(SITES, new_site).json(), api.post(SITES, new_site).json()

    assert first["name"] == second["name"]
    assert first["siteKey"] != second["siteKey"]
    assert first["siteSecret"] != second["siteSecret"]


def test_the_log_says_who_created_it_through_which_door_and_in_which_request(api, new_site):
    answer = api.post(SITES, new_site, headers={"User-Agent": "curl/8.14"})

    event = AuditEvent.objects.get(action="site.created")
    assert (event.actor_kind, event.actor_label, event.surface) == ("key", "Key", "neocaptcha")
    assert (event.ip, event.user_agent) == ("127.0.0.1", "curl/8.14")
    assert event.request_id == answer["X-Request-ID"]
    assert event.target_id == answer.json()["siteKey"]
    assert answer.json()["siteSecret"] not in str(event.changes)


@pytest.mark.parametrize("missing", ["name", "allowedOrigins", "accountId"])
def test_a_missing_field_is_named(api, new_site, missing):
    del new_site[missing]

    answer = api.post(SITES, new_site)

    assert answer.status_code == 400
    assert answer.json() == {"error": f"{missing} is missing."}
    assert not Site.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", 7),
        ("name", ["My App"]),
        ("name", {"en": "My App"}),
        ("name", True),
        ("allowedOrigins", None),
        ("allowedOrigins", "https://app.example.com"),
        ("allowedOrigins", {"0": "https://app.example.com"}),
        ("allowedOrigins", [None]),
        ("allowedOrigins", ["https://app.example.com", 7]),
        ("allowedOrigins", [["https://app.example.com"]]),
        ("accountId", None),
        ("accountId", 7),
        ("accountId", []),
    ],
)
def test_a_field_of_another_type_is_refused_by_name(api, new_site, field, value):
    answer = api.post(SITES, new_site | {field: value})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(field)
    assert not Site.objects.exists()


def test_a_field_that_the_page_does_not_know_is_passed_over(api, new_site):
    answer = api.post(SITES, new_site | {"theme": "dark", "isActive": False})

    assert answer.status_code == 201
    assert answer.json()["isActive"] is True
    assert "theme" not in answer.json()


def test_one_answer_names_everything_that_is_wrong(api, new_site):
    answer = api.post(SITES, new_site | {"name": " ", "allowedOrigins": ["*"]})

    assert answer.status_code == 400
    assert "name is empty" in answer.json()["error"]
    assert "wildcard" in answer.json()["error"]


def test_a_key_without_the_permission_creates_nothing(alice, make_key, new_site):
    answer = Api(make_key(alice, "getSites")).post(SITES, new_site)

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "createSite"
    assert "createSite" in answer.json()["error"]
    assert not Site.objects.exists()


def test_a_refusal_is_in_the_log_with_the_requests_id(alice, make_key, new_site):
    answer = Api(make_key(alice, "getSites")).post(SITES, new_site)

    event = AuditEvent.objects.get(action="site.created")
    assert (event.outcome, event.request_id) == ("refused", answer["X-Request-ID"])
    assert "createSite" in event.reason
