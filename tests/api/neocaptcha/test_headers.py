"""What every answer carries besides its body, whatever it answers."""

import re

import pytest

from tests.api.conftest import SITES
from tests.people import Api

UNKNOWN_KEY = f"{SITES}/sk_live_{'0' * 22}"


@pytest.fixture
def answers(api, alice, account_id, new_site, shop, make_key, dave):
    """An answer of every status that a request alone can bring about."""
    weak = Api(make_key(alice, "verify"))
    return {
        "200": api.get(SITES, accountId=account_id),
        "201": api.post(SITES, new_site),
        "400": api.get(SITES),
        "401": Api().get(SITES),
        "403": weak.get(SITES, accountId=account_id),
        "404": api.get(UNKNOWN_KEY),
        "404 of no endpoint": api.get("/api/v1/nothing"),
        "405": api.client.put(SITES),
        "413": api.post(SITES, b"x" * 1_100_000),
        "415": api.client.post(SITES, "x", content_type="text/plain"),
        "verify 200": Api().post("/api/v1/verify", {"secret": "x", "siteKey": "x", "solution": "x"}),
        "verify 405": Api().get("/api/v1/verify"),
        "openapi": Api().get("/api/openapi.json"),
    }


def test_no_answer_is_kept_by_anybody(answers):
    assert {name: answer["Cache-Control"] for name, answer in answers.items()} == dict.fromkeys(answers, "no-store")


def test_every_answer_has_an_id_of_its_own(answers):
    ids = [answer["X-Request-ID"] for answer in answers.values()]

    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)
    assert len(set(ids)) == len(ids)


def test_an_id_that_the_client_sends_is_not_taken_over(api, account_id):
    answer = api.client.get(SITES, {"accountId": account_id}, headers={"X-Request-ID": "chosen-by-me"})

    assert answer["X-Request-ID"] != "chosen-by-me"


def test_every_answer_is_json_of_a_known_length(answers):
    for answer in answers.values():
        assert answer["Content-Type"] == "application/json"
        assert int(answer["Content-Length"]) == len(answer.content) > 2
        assert answer.json()


def test_a_browser_can_do_nothing_with_any_answer(answers):
    for answer in answers.values():
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer
        assert not answer.cookies


def test_only_401_says_how_to_authenticate(answers):
    assert answers["401"]["WWW-Authenticate"] == "Bearer"
    assert [name for name, answer in answers.items() if "WWW-Authenticate" in answer] == ["401"]


def test_every_answer_of_an_endpoint_with_a_permission_names_it(answers, api):
    named = {name: answer.get("X-Accepted-Permissions", "") for name, answer in answers.items()}
    of_listing = dict.fromkeys(["200", "400", "401", "403"], "getSites")
    of_creating = dict.fromkeys(["201", "413", "415"], "createSite")

    assert named == dict.fromkeys(answers, "") | of_listing | of_creating | {"404": "getSite"}
    assert "X-Accepted-Permissions" not in api.get("/api/v1/whoami")


def test_a_refusal_names_the_permission_that_is_missing(alice, shop, make_key):
    answer = Api(make_key(alice, "updateSite")).patch(f"{SITES}/{shop.site_key}", {"isActive": False})

    assert (answer.status_code, answer["X-Accepted-Permissions"]) == (403, "deleteSite")


def test_405_says_which_methods_the_path_takes(answers, api, shop):
    assert answers["405"]["Allow"] == "GET, HEAD, POST"
    assert answers["verify 405"]["Allow"] == "POST"
    assert api.client.post(f"{SITES}/{shop.site_key}")["Allow"] == "DELETE, GET, HEAD, PATCH"


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 500])
def test_an_unknown_method_is_a_405_in_a_short_sentence(api, method):
    answer = api.client.generic(method, SITES)

    assert answer.status_code == 405
    assert answer.json()["error"].startswith("This path takes GET, HEAD, POST, not ")
    assert len(answer.json()["error"]) < 120


@pytest.mark.parametrize("path", [SITES, "/api/v1/whoami", "/api/openapi.json"])
def test_head_answers_as_get_without_the_body(api, account_id, path):
    got = api.client.get(path, {"accountId": account_id})
    head = api.client.head(path, {"accountId": account_id})

    assert head.status_code == got.status_code == 200
    assert head["Content-Length"] == got["Content-Length"]
    assert head.content == b""


def test_head_of_a_missing_site_is_a_404(api):
    assert api.client.head(UNKNOWN_KEY).status_code == 404


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_path_answers_with_and_without_a_trailing_slash_and_none_redirects(
    api, account_id, shop, new_site, slash
):
    key = shop.site_key
    assert api.client.get(f"{SITES}{slash}", {"accountId": account_id}).status_code == 200
    assert api.post(f"{SITES}{slash}", new_site).status_code == 201
    assert api.get(f"{SITES}/{key}{slash}").status_code == 200
    assert api.patch(f"{SITES}/{key}{slash}", {}).status_code == 200
    assert api.post(f"{SITES}/{key}/rotate-secret{slash}").status_code == 200
    assert api.delete(f"{SITES}/{key}{slash}").status_code == 200
    assert api.get(f"/api/v1/whoami{slash}").status_code == 200
    assert api.post(f"/api/v1/verify{slash}", {"solution": "x"}).status_code == 400


@pytest.mark.parametrize("path", [f"{SITES}//", "/api/v1//sites", "/API/v1/sites", "/api", "/api/"])
def test_a_path_that_is_none_of_them_is_a_404_and_no_redirect(api, path):
    answer = api.client.generic("GET", path)

    assert answer.status_code == 404
    if path.startswith("/api"):
        assert "/api/openapi.json" in answer.json()["error"]


def test_a_browsers_session_means_nothing_to_the_api(alice, account_id):
    answer = alice.browser.get(SITES, {"accountId": account_id})

    assert answer.status_code == 401
    assert not answer.cookies
