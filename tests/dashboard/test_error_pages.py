"""What no view handles: a page that helps, or JSON under the API's paths; never a trace, never half of an answer."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import Client

from apps.accounts.hashing import TooManySignIns
from apps.dashboard import overview
from apps.sites import operations
from tests.dashboard.reading import read

PAGE, SITES, VERIFY = "/", "/api/v1/sites", "/api/v1/verify"
SECRET_DETAIL = "password=hunter2 host=10.0.0.7"


@pytest.fixture
def browser(alice) -> Client:
    client: Client = alice.browser
    client.raise_request_exception = False
    return client


@pytest.fixture
def fail(monkeypatch):
    """Lets the overview, and the list of sites under the API, fail with an error."""

    def arrange(error: BaseException) -> None:
        def broken(*_, **__):
            raise error

        monkeypatch.setattr(overview, "list_sites", broken)
        monkeypatch.setattr(operations, "list_sites", broken)

    return arrange


PAGES = [
    (Http404("Nothing of that name is here."), 404, "Nothing of that name is here."),
    (PermissionDenied("You may not, because it is Tuesday."), 403, "You may not, because it is Tuesday."),
    (ValueError(SECRET_DETAIL), 500, "Something went wrong"),
    (RecursionError(SECRET_DETAIL), 500, "Something went wrong"),
    (OperationalError(SECRET_DETAIL), 503, "Back in a moment"),
    (InterfaceError(SECRET_DETAIL), 503, "Back in a moment"),
    (TooManySignIns(), 503, "Back in a moment"),
]


@pytest.mark.parametrize(("error", "status", "says"), PAGES, ids=lambda value: repr(value)[:30])
def test_a_page_that_fails_says_what_happened_what_next_and_which_request_it_was(browser, fail, error, status, says):
    fail(error)

    answer = browser.get(PAGE)

    page = read(answer)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert says in page.text
    assert answer["X-Request-ID"] in page.text
    assert PAGE in page.links
    assert "hunter2" not in answer.content.decode()
    assert "Traceback" not in page.text
    assert answer.has_header("Retry-After") == (status == 503)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (ValueError(SECRET_DETAIL), 500, "Something went wrong on this server"),
        (OperationalError(SECRET_DETAIL), 503, "cannot reach its database"),
        (InterfaceError(SECRET_DETAIL), 503, "cannot reach its database"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_endpoint_that_fails_answers_in_its_contracts_shape(alice, make_key, fail, error, status, says):
    headers = {"Authorization": f"Bearer {make_key(alice)}"}
    fail(error)

    answer = Client(headers=headers).get(SITES, {"accountId": str(alice.account.pk)})

    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert says in answer.json()["error"]
    assert "hunter2" not in answer.content.decode()
    assert answer.has_header("Retry-After") == (status == 503)
    assert answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ValueError(), 500, "internal_error"), (OperationalError(), 503, "service_unavailable")],
)
def test_verification_that_fails_says_no_and_that_trying_again_may_help(monkeypatch, client, error, status, code):
    def broken(*_):
        raise error

    monkeypatch.setattr("apps.api.verification.authenticate_site", broken)

    answer = client.post(VERIFY, {"siteKey": "x", "secret": "y", "solution": "z"})

    assert answer.status_code == status
    assert (answer.json()["error"]["code"], answer.json()["error"]["retryable"]) == (code, True)
    assert answer.json()["requestId"] == answer["X-Request-ID"]
    assert "success" not in answer.json()


@pytest.mark.parametrize("path", ["/nothing-here", "/sitekeys/nothing/at/all", "/log/abc/", "/keys/not-a-uuid/"])
def test_an_unknown_address_is_a_page_that_leads_back(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 404
    assert "Not found" in read(answer).text
    assert "/" in read(answer).links


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api", "/api/v1/sites/a/b/c", "/api/openapi.yaml"])
def test_an_unknown_address_under_the_api_is_json_that_leads_to_the_document(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "/api/openapi.json" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/", "/sitekeys/", "/accounts/login/", "/api/v1/sites", "/reference/"])
def test_a_foreign_host_is_a_400_in_the_right_shape(client, path):
    answer = client.get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()
    expected = "application/json" if path.startswith("/api") else "text/html"
    assert answer["Content-Type"].startswith(expected)


def test_a_form_without_its_token_is_a_403_that_says_what_to_do(alice):
    browser = alice.browser
    browser.handler.enforce_csrf_checks = True

    answer = browser.post("/keys/new", {"name": "x"})

    assert answer.status_code == 403
    assert "reload the page, and send it again" in read(answer).text


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_an_error_page_is_in_the_chosen_theme_and_needs_no_database(client, status, monkeypatch):
    client.cookies["theme"] = "dark"
    client.raise_request_exception = False
    errors = {403: PermissionDenied(), 404: Http404(), 500: ValueError(), 503: OperationalError()}
    if status in errors:

        def broken(*_, **__):
            raise errors[status]

        monkeypatch.setattr("django.contrib.auth.models.AnonymousUser.is_authenticated", property(broken))

    answer = client.get("/", headers={"Host": "evil.example"} if status == 400 else {})

    assert answer.status_code == status
    assert 'data-theme="dark"' in answer.content.decode()


@pytest.mark.parametrize("path", ["/sitekeys", "/keys", "/log", "/accounts/login", "/log?action=site.created"])
def test_a_page_whose_slash_was_not_typed_is_found(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 302
    assert answer["Location"] == (path.replace("?", "/?") if "?" in path else f"{path}/")


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/sitekeys", "/api/v1/nothing", "/nothing", "/livez/x"]
)
def test_no_other_address_is_redirected(browser, path):
    assert browser.get("/", PATH_INFO=path).status_code == 404


def test_a_form_is_never_redirected_to_the_slash(browser):
    assert browser.post("/sitekeys", {"name": "x"}).status_code == 404
