"""The OpenAPI document: valid, complete, and true of every answer."""

import base64
import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from apps.api.privatecaptcha import ids
from apps.api.privatecaptcha.ids import IdSpace
from apps.api.urls import urlpatterns
from apps.api_keys.operations import create_key
from apps.credits.operations import grant_credits
from apps.ocr import running
from apps.ocr.operations import start_reading
from apps.ocr.running import read
from apps.ocr.wishes import Wishes
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.models import ShareLevel
from apps.protection.test_keys import ALWAYS_PASSES
from apps.sites.models import Site
from apps.sites.operations import create_site, create_site_without_secret
from apps.sites.organizations import create_organization
from apps.sites.secrets import add_secret
from apps.sites.sharing import share_site
from apps.tasks.work import update_sites
from tests.api.document import DOCUMENT, OPERATIONS, undescribed
from tests.api.generated import bodies, parameter
from tests.authorization.rule_things import rule_things
from tests.ocr.drawing import printed
from tests.ocr.quick_engine import QuickEngine
from tests.people import PASSWORD, SOURCE

ROUTES: list[Any] = [pattern for pattern in urlpatterns if pattern.name != "openapi"]


def test_the_document_is_valid_openapi():
    assert DOCUMENT["openapi"] == "3.1.0"
    validate(DOCUMENT)


def test_it_is_served_to_everybody(client):
    answer = client.get("/api/openapi.json")

    assert answer["Content-Type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_read_and_nothing_else(client, method):
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/openapi.json")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert "GET" in answer.json()["error"]


def test_every_route_is_described_with_its_methods_and_nothing_else_is():
    served = {
        (
            "/" + re.sub(r"\(\?P<(\w+)>[^)]+\)", r"{\1}", str(route.pattern)).lstrip("^").removesuffix("/?$"),
            method.lower(),
        )
        for route in ROUTES
        for method in route.callback.access
        if method != "OPTIONS"  # what browsers ask, and no developer
    }

    assert served == set(OPERATIONS)


def test_every_operation_has_a_name_of_its_own_and_words_for_a_reader():
    operations = [DOCUMENT["paths"][path][method] for path, method in OPERATIONS]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["description"] for operation in operations)


def test_every_operation_with_a_key_names_its_permission_and_describes_the_refusals():
    for path, method in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        if operation["security"]:
            refused = "403" if "apiKeyHeader" in operation["security"][0] else "401"
            assert {refused, "429"} <= set(operation["responses"])
        permission = operation.get("x-permission")
        if permission:
            assert CATALOGUE[permission].description in operation["description"]
            assert "403" in operation["responses"] or not operation["security"]  # else told in an answer of status 200
        for status, response in operation["responses"].items():
            assert ("X-Accepted-Permissions" in response["headers"]) == bool(permission and status != "405")


def test_an_account_id_and_what_stands_in_a_path_are_described_as_parameters():
    listing = DOCUMENT["paths"]["/api/v1/sites"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["required"], one["schema"]["format"]) for one in listing] == [
        ("accountId", "query", True, "uuid")
    ]
    for path, method in OPERATIONS:
        parameters = DOCUMENT["paths"][path][method].get("parameters", [])
        assert [one["name"] for one in parameters if one["in"] == "path"] == re.findall(r"{(\w+)}", path)


def known_values(alice: Any, bob: Any, carol: Any, token: str) -> dict[str, dict[str, Any]]:
    """The real values of parameters and fields, by the beginning of the path that takes them; later ones win."""
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    site = made.site
    second = add_secret(alice.actor, site_key=site.site_key, label="Second").stored
    share = share_site(alice.actor, site_key=site.site_key, email=bob.user.email, level=ShareLevel.READ)
    key = create_key(alice.actor, name="To be changed", permissions=["getSites"], expires_at=None).key
    return {
        "/": {
            "accountId": str(alice.account.pk),
            "siteKey": site.site_key,
            "sitekey": site.site_key,
            "sitekey_id": site.pk,
            "secret": made.secret.reveal(),
            "expectedOrigin": "https://shop.example",
            "email": alice.user.email,
            "password": PASSWORD,
            "domain": "new.example",
            "id": site.pk,
            "page": 1,
        },
        "/myra-auto-app-api/sitekey-permissions": {"id": share.pk, "email": carol.user.email},
        "/myra-auto-app-api/captcha-secrets": {"sitekey": site.pk},
        "delete /myra-auto-app-api/captcha-secrets": {"id": second.pk},
        "/sites": {"name": "New-name", "domains": ["shop.example"]},
        "/api-keys": {
            "apiKeyId": str(key.pk),
            "permissions": {"Sites": ["getSites"]},
            "siteKeys": [site.site_key],
            "networks": ["127.0.0.0/8"],
            "expiresIn": 3600,
        },
        "/users": {"email": bob.user.email, "name": bob.user.name, "role": "viewer", "userType": "viewer"},
        "post /users/create": {"email": "new@people.example"},
        "/captcha-stats-user": {"max_days": 7, "per_day": 1, "start_date": "2026-01-01"},
        **values_of_traffic(site),
        **values_of_verification(site, made.secret.reveal()),
        **values_of_rules(alice, site),
        **values_of_private_captcha(alice),
        **values_of_nocaptchaai(alice, token),
    }


def values_of_traffic(site: Site) -> dict[str, dict[str, Any]]:
    """The same, of what counts and searches."""
    return {
        "/gettrafficdata": {"siteKeys": [site.site_key], "startDate": "2026-11-01", "endDate": 1_795_000_000_000},
        "get /gettrafficdata": {"siteKeys": json.dumps([site.site_key])},
        "/getlivesessions": {"windowMinutes": 60, "bucketSeconds": 60},
        "/audit/searchcaptcharecords": {
            "captchaType": "pow",
            "startDate": 1_795_000_000_000,
            "endDate": 1_795_100_000_000,
        },
        "get /audit/searchcaptcharecords": {"searchCriteria": '{"ip":"192.0.2.1"}', "pagination": '{"limit":5}'},
    }


def values_of_verification(site: Site, secret: str) -> dict[str, dict[str, Any]]:
    """The same, of what verifies; `whole` is a body that succeeds."""
    return {
        "post /v1/verify": {"whole": {"secret": secret, "sitekey": site.site_key, "response": "x"}},
        "post /siteverify": {"whole": {"secret": secret, "token": "x", "ip": "192.0.2.1"}},
        "post /verify": {"whole": ALWAYS_PASSES.solution},
    }


def values_of_rules(alice: Any, site: Any) -> dict[str, dict[str, Any]]:
    """The same, of access rules and suggestions; `whole` is a body that succeeds."""
    things = rule_things(alice, site)
    condition = {"field": "asn", "operator": "equals", "value": 64496}
    rule = {"type": "restrict", "conditions": [condition], "powDifficulty": 5, "expiry": 3600}
    return {
        "post /access-control/create": {"whole": {"rule": rule}},
        "/access-control": {
            "userScopeHash": things["rule_handle"],
            "ruleGroupId": things["rule_group"],
            "suggestionId": things["suggestion_id"],
            "suggestionIds": [things["suggestion_id"]],
            "expiry": 3600,
            "status": "open",
            "sortBy": "expiry",
            "sortOrder": "asc",
        },
        "/v1/prosopo": {"sortBy": "expiry", "sortOrder": "asc"},
    }


def values_of_private_captcha(alice: Any) -> dict[str, dict[str, Any]]:
    """The same, of this contract; `whole` is a body that succeeds."""
    team = create_organization(alice.actor, name="Team")
    blog = create_site_without_secret(
        alice.actor, name="Blog", allowed_origins=["https://blog.example"], organization_id=team.pk
    )
    task = update_sites(alice.actor, inputs=[{"site_key": blog.site_key}], title="Change")
    org_id, property_id = ids.encode(IdSpace.ORGANIZATION, team.pk), ids.encode(IdSpace.PROPERTY, blog.pk)
    return {
        "/org": {"org_id": org_id, "id": org_id, "property_id": property_id, "name": "New name", "per_page": 10},
        "post /org": {"id": ""},
        "post /org/": {"whole": [{"name": "New", "domain": "new.example"}]},
        "put /properties": {"whole": [{"id": property_id, "level": 3}]},
        "delete /properties": {"whole": [property_id]},
        "/asynctask": {"id": task.pk.hex},
    }


def values_of_nocaptchaai(alice: Any, token: str) -> dict[str, dict[str, Any]]:
    """The same, of the contract whose key is in the body."""
    grant_credits(alice.actor, amount=1000, reason="For tests")
    image_task = {"type": "ImageToTextTask", "body": base64.b64encode(printed("harbour")).decode()}
    task = start_reading(alice.actor, images=[printed("harbour")], is_list=False, wishes=Wishes())
    read(task, within=10, source=SOURCE)
    asked = {"clientKey": token, "taskId": task.code}
    return {
        "post /createTask": {"whole": {"clientKey": token, "task": image_task}},
        "post /getTaskResult": {"whole": asked},
        "post /reportIncorrectImageCaptcha": {"whole": asked},
        "post /getBalance": {"whole": asked},
        "post /solve": {"whole": image_task},
    }


def placed(operation: dict[str, Any], token: str) -> tuple[dict[str, str], str]:
    """The headers, and the end of the address, that carry a key to an operation; its body may have one already."""
    place = next(iter(next(iter(operation["security"]), {})), "")
    if place == "apiKeyQuery":
        return {}, f"&apiKey={token}"
    header = {"apiKeyHeader": "X-API-Key", "apikeyHeader": "apikey"}.get(place)
    if not token or not place:
        return {}, ""
    return ({header: token} if header else {"Authorization": f"Bearer {token}"}), ""


def succeeded(answer: Any) -> bool:
    """Whether an answer tells no problem, also where the status of one is that of a success."""
    said = answer.json() if answer.content else None
    if not isinstance(said, dict):
        return True
    return not said.get("errorId") and not ("meta" in said and said["meta"]["code"] != 1000)


@pytest.fixture(autouse=True)
def _quick_engine(monkeypatch):
    monkeypatch.setattr(running, "engine", QuickEngine("harbour"))


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: str(value))
@override_settings(API_REQUESTS_PER_MINUTE=100_000, REFUSED_REQUESTS_PER_MINUTE=100_000)
def test_no_generated_request_gets_an_answer_that_is_not_described(alice, bob, carol, make_key, path, method):
    operation = DOCUMENT["paths"][path][method]
    known: dict[str, Any] = {}
    token = make_key(alice)
    for begin, values in known_values(alice, bob, carol, token).items():
        known |= values if f"{method} {path}".startswith((begin, f"{method} {begin}")) else {}
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()))["schema"] if content else None
    query = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    in_path = re.findall(r"{(\w+)}", path)
    seen: set[int] = set()

    @given(
        places=st.fixed_dictionaries({name: parameter(name, known) for name in in_path}),
        values=st.fixed_dictionaries({}, optional={name: parameter(name, known) for name in query}),
        body=bodies(schema, known) if schema else st.binary(max_size=20),
        content_type=st.sampled_from(list(content) or ["application/json"]),
        sent=st.sampled_from([token] * 9 + ["", f"{token}x"]),
    )
    @settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    def fuzz(places: dict[str, str], values: dict[str, str], body: bytes, content_type: str, sent: str) -> None:
        headers, end = placed(operation, sent)
        address = path.format(**places) + "?" + "&".join(f"{name}={one}" for name, one in values.items()) + end
        answer = Client(raise_request_exception=False).generic(
            method.upper(),
            address,
            body,
            content_type,
            headers=headers | {"Origin": "https://shop.example"},
        )
        assert answer.status_code < 500, answer.text
        problem = undescribed(method.upper(), answer.wsgi_request.path_info, answer)
        assert not problem, problem
        seen.add(answer.status_code if succeeded(answer) else 400)

    fuzz()

    success = int(next(iter(operation["responses"])))
    assert success in seen, "No generated request succeeded, so nothing was tried."
    assert seen & {400, 401, 403, 404, 422}, "No generated request was refused, so nothing was tried."


def test_every_schema_of_an_answer_names_its_required_fields():
    for name in ("CreatedSite", "ListedSite", "Site", "RotatedSecret", "WhoAmI", "SitesError", "VerifyError"):
        schema = DOCUMENT["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name


def test_the_account_of_an_answer_is_a_uuid(api, account_id):
    assert UUID(api.get("/api/v1/whoami").json()["accountId"]) == UUID(account_id)
