"""This contract in the OpenAPI document and on the reference page."""

from html import unescape

import pytest

from apps.api.contract import ANYTHING
from apps.api.paths import is_api_path
from apps.api.prosopo.contracts import portal_api
from apps.api.urls import contract_of
from tests.api.document import DOCUMENT
from tests.architecture.test_urls_declare_access import PATTERNS

PATHS = DOCUMENT["paths"]


def test_every_endpoint_is_on_the_page_with_a_line_for_the_shell(alice):
    page = unescape(alice.browser.get("/reference/").text)

    for endpoint in portal_api.endpoints:
        assert endpoint.summary in page
        assert f'id="{endpoint.handler.__name__}"' in page
    assert '{"name": "My-App", "settings": {"domains": ["example.com"]}}' in page
    assert "/site/get?siteKey=sk_live_…" in page


def test_a_way_to_read_is_described_as_a_body_and_as_parameters():
    body = PATHS["/site/get"]["post"]["requestBody"]
    parameters = {one["name"]: one["required"] for one in PATHS["/site/get"]["get"]["parameters"]}

    assert body["required"] is True
    assert list(body["content"]) == ["application/json", "application/x-www-form-urlencoded"]
    assert parameters == {"siteKey": True, "accountId": False, "token": False}
    assert PATHS["/sites/get"]["post"]["requestBody"]["required"] is False


def test_the_accepted_permission_is_described_at_every_answer_but_405():
    for endpoint in portal_api.endpoints:
        responses = PATHS[endpoint.path][endpoint.method.lower()]["responses"]
        named = {
            status
            for status, response in responses.items()
            if response["headers"].get("X-Accepted-Permissions", {}).get("schema", {}).get("examples")
            == [endpoint.permission]
        }
        assert named == set(responses) - {"405"}


def test_every_endpoint_takes_any_body_and_needs_a_permission():
    assert {endpoint.permission for endpoint in portal_api.endpoints} >= {"getSites", "createUser", "deleteUser"}
    for endpoint in portal_api.endpoints:
        assert endpoint.permission
        assert ANYTHING in endpoint.takes


@pytest.mark.parametrize("root", portal_api.roots)
def test_the_roots_are_this_contracts_and_no_page_is_below_them(root):
    assert is_api_path(root.rstrip("/"))
    assert contract_of(f"{root}nothing") is portal_api
    pages = [pattern for pattern in PATTERNS if not str(pattern.name).startswith("prosopo ")]
    assert not [pattern.name for pattern in pages if str(pattern.pattern).lstrip("^").startswith(root[1:])]
