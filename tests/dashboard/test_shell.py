"""What surrounds every page: navigation by role, the theme, signs of life, and whose address a request comes from."""

import pytest
from django.test import RequestFactory, override_settings

from apps.audit.models import AuditEvent
from apps.audit.source import client_address
from tests.accounts.conftest import sign_in
from tests.dashboard.reading import read

NAVIGATION = {
    "alice": {"/sitekeys/", "/keys/", "/log/", "/reference/"},
    "grace": {"/sitekeys/", "/keys/", "/log/", "/reference/"},
    "bob": {"/sitekeys/", "/keys/", "/reference/"},
    "victor": {"/sitekeys/", "/reference/"},
    "erin": {"/sitekeys/", "/log/", "/reference/"},
}


@pytest.mark.parametrize(("person", "entries"), NAVIGATION.items())
def test_everybody_is_led_to_what_they_may_see_and_nowhere_else(request, person, entries):
    browser = request.getfixturevalue(person).browser

    links = set(read(browser.get("/reference/")).links)

    every = {"/sitekeys/", "/keys/", "/log/", "/reference/"}
    assert links & every == entries
    for entry in entries:
        assert browser.get(entry).status_code == 200
    for entry in every - entries:
        assert browser.get(entry).status_code == 403


@pytest.mark.parametrize(
    ("person", "groups"),
    [
        ("alice", {"": 1, "Protection": 5, "API and tasks": 5, "Account": 3}),
        ("victor", {"": 1, "Protection": 5, "API and tasks": 3, "Account": 1}),
        ("erin", {"": 1, "Protection": 2, "API and tasks": 1, "Account": 2}),
    ],
)
def test_the_navigation_stands_in_groups_of_what_there_is_for_the_reader(request, person, groups):
    page = request.getfixturevalue(person).browser.get("/reference/")

    found = {group.label: len(group.items) for group in page.context["shell"].nav}
    assert found == groups
    assert [label for label in groups if label and f">{label}</p>" not in page.content.decode()] == []


def test_the_frame_names_account_role_and_person(erin):
    text = read(erin.browser.get("/")).text

    assert "Alice & Co" in text
    assert "Auditor" in text
    assert "erin@people.example" in text


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_chosen_theme_is_remembered_by_the_browser_and_leads_back(client, theme):
    answer = client.post(
        "/theme", {"theme": theme}, headers={"Referer": "http://testserver/accounts/login/?next=/log/"}
    )

    assert answer["Location"] == "http://testserver/accounts/login/?next=/log/"
    assert answer.cookies["theme"].value == theme
    page = client.get("/accounts/login/").content.decode()
    assert ('data-theme="dark"' in page) == (theme == "dark")


@pytest.mark.parametrize("theme", ["", "purple", '"><script>', "x" * 5000])
def test_a_theme_that_is_none_is_the_systems(client, theme):
    assert client.post("/theme", {"theme": theme}).cookies["theme"].value == "system"


@pytest.mark.parametrize("cookie", ["purple", '"><script>alert(1)</script>'])
def test_a_forged_cookie_is_the_systems_theme(client, cookie):
    client.cookies["theme"] = cookie

    assert "alert(1)" not in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("referer", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_choosing_a_theme_never_leads_to_another_server(client, referer):
    answer = client.post("/theme", {"theme": "dark"}, headers={"Referer": referer})

    assert answer["Location"] == "/"


def test_a_sign_of_life_asks_nobody(client):
    answer = client.get("/livez", headers={"Host": "10.0.0.7"})  # a query would fail: this test has no database

    assert answer.json() == {"status": "ok"}


FORWARDED = [
    # trusted proxies, direct address, X-Forwarded-For, whose request it is
    (0, "192.0.2.1", None, "192.0.2.1"),
    (0, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
    (1, "192.0.2.1", None, "192.0.2.1"),
    (1, "192.0.2.1", "", "192.0.2.1"),
    (1, "192.0.2.1", "203.0.113.9", "203.0.113.9"),
    (1, "192.0.2.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
    (1, "192.0.2.1", "  203.0.113.9  ", "203.0.113.9"),
    (1, "192.0.2.1", "junk", "192.0.2.1"),
    (1, "192.0.2.1", "203.0.113.9, junk", "192.0.2.1"),
    (1, "192.0.2.1", "203.0.113.9,", "192.0.2.1"),
    (1, "192.0.2.1", "<script>", "192.0.2.1"),
    (1, "192.0.2.1", "2001:DB8::1", "2001:db8::1"),
    (1, "192.0.2.1", "[2001:db8::1]", "2001:db8::1"),
    (1, "192.0.2.1", "fe80::1%" + "x" * 200, "fe80::1"),
    (2, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
    (2, "192.0.2.1", "203.0.113.9, 198.51.100.7", "203.0.113.9"),
    (2, "192.0.2.1", "8.8.8.8, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
    (0, "", None, ""),
    (0, "not an address", None, ""),
    (0, "2001:db8::1", None, "2001:db8::1"),
    (0, "::ffff:203.0.113.9", None, "203.0.113.9"),
    (1, "::ffff:192.0.2.1", "::FFFF:203.0.113.9", "203.0.113.9"),
]


@pytest.mark.parametrize(("proxies", "direct", "forwarded", "whose"), FORWARDED)
def test_a_forwarded_address_is_believed_as_far_as_there_are_proxies(proxies, direct, forwarded, whose):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct)

    with override_settings(TRUSTED_PROXIES=proxies):
        assert client_address(request) == whose


@pytest.mark.parametrize(("proxies", "whose"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_the_log_has_the_address_that_is_believed(alice, client, proxies, whose):
    with override_settings(TRUSTED_PROXIES=proxies):
        client.defaults["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 203.0.113.9"
        sign_in(client, "alice@people.example")

    assert AuditEvent.objects.get(action="sign_in.succeeded").ip == whose


@pytest.mark.parametrize(
    ("path", "host"), [("/challenge?sitekey=%00", "testserver"), ("/sign-in", "elsewhere.example")]
)
def test_a_request_that_cannot_be_read_is_one_line_in_the_log(client, caplog, path, host):
    assert client.get(path, headers={"Host": host}).status_code == 400
    assert [record.exc_info for record in caplog.records] == [None]
