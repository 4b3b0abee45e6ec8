"""The main job as people do it: an admin makes a site and a key, a server uses the key, an auditor reads the log."""

import json
import re
import urllib.request
from typing import Any

from playwright.sync_api import Page, expect

from tests.people import PASSWORD, Person


def sign_in_by_form(page: Page, person: Person) -> None:
    page.goto("/")
    page.locator("input[name=login]").fill(person.user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()


def shown_secret(page: Page) -> str:
    value = page.locator("main input[readonly]").first.input_value()
    assert re.fullmatch(r"(ss_live_|nct_)[0-9A-Za-z]{38}", value)
    return value


def call(base: str, method: str, path: str, key: str, body: Any = None) -> Any:
    request = urllib.request.Request(base + path, method=method, headers={"Authorization": f"Bearer {key}"})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def make_site(page: Page) -> str:
    page.goto("/sitekeys/new")
    page.get_by_label("Name").fill("Corner shop")
    page.get_by_label("Allowed origins").fill("https://Corner.example:443\nhttps://www.corner.example")
    page.get_by_role("button", name="Create site").click()
    return shown_secret(page)


def make_key(page: Page) -> str:
    page.goto("/keys/new?name=Deploy&permissions=getSites,createSite,rotateSecret,deleteSite")
    page.get_by_role("button", name="Create key").click()
    return shown_secret(page)


def test_a_site_and_a_key_are_made_in_the_browser_and_their_secrets_shown_once(page, alice):
    sign_in_by_form(page, alice)

    secret = make_site(page)
    page.reload()
    assert secret not in page.content()
    page.go_back()
    assert secret not in page.content()

    key = make_key(page)
    page.goto("/keys/")
    assert key not in page.content()


def test_a_server_uses_the_key_and_the_auditor_reads_what_it_did(page, new_context, live_server, sign_in, alice, erin):
    sign_in(page, alice)
    key = make_key(page)
    account_id = str(alice.account.pk)
    body = {"name": "By API", "allowedOrigins": ["https://api.example"], "accountId": account_id}
    made = call(live_server.url, "POST", "/api/v1/sites", key, body)
    listed = call(live_server.url, "GET", f"/api/v1/sites?accountId={account_id}", key)["sites"]
    assert [site["name"] for site in listed] == ["By API"]
    rotated = call(live_server.url, "POST", f"/api/v1/sites/{made['siteKey']}/rotate-secret", key)
    assert rotated["newSiteSecret"] != made["siteSecret"]
    assert call(live_server.url, "DELETE", f"/api/v1/sites/{made['siteKey']}", key) == {"success": True}

    auditor = new_context().new_page()
    sign_in(auditor, erin)
    auditor.goto(f"/log/?site={made['siteKey']}")
    told = [" ".join(row.split()) for row in auditor.locator("#events tbody tr").all_inner_texts()]
    assert len(told) == 3
    for row, action in zip(told, ("site.deactivated", "secret.rotated", "site.created"), strict=True):
        assert action in row
        assert "Deploy" in row
        assert "By API" in row
    auditor.goto("/sitekeys/")
    expect(auditor.get_by_role("link", name="New site")).to_have_count(0)


def test_a_site_is_made_and_rotated_by_keyboard_alone(page, sign_in, alice):
    sign_in(page, alice)
    page.goto("/sitekeys/new")
    page.get_by_label("Name").focus()
    page.keyboard.type("Typed")
    page.keyboard.press("Tab")
    page.keyboard.type("https://typed.example")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    first = shown_secret(page)

    page.goto("/sitekeys/")
    page.keyboard.press("/")
    page.keyboard.type("typed")
    link = page.get_by_role("link", name="Typed")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Secrets").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Rotate").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Typed")).to_be_visible()
    page.get_by_role("button", name="Rotate secret").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert shown_secret(page) != first


def test_the_main_job_needs_no_script(new_context, sign_in, alice):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto("/sitekeys/new")
    page.get_by_label("Name").fill("Plain")
    page.get_by_label("Allowed origins").fill("https://plain.example")
    page.get_by_role("button", name="Create site").click()
    shown_secret(page)
    page.goto("/sitekeys/?q=plain&sort=name")
    page.get_by_role("link", name="Plain").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("link", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate site").click()
    expect(page.get_by_text("is deactivated")).to_be_visible()
    page.get_by_role("button", name="Reactivate").click()
    expect(page.get_by_text("is active again")).to_be_visible()

    page.goto("/keys/new?name=Plain&permissions=getSites")
    page.get_by_role("button", name="Create key").click()
    shown_secret(page)
    page.goto("/keys/")
    page.get_by_role("link", name="Plain").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is deleted")).to_be_visible()


def test_a_second_tab_that_sends_the_same_form_makes_nothing_again(page, sign_in, alice):
    sign_in(page, alice)
    page.goto("/sitekeys/new")
    page.get_by_label("Name").fill("Only one")
    page.get_by_label("Allowed origins").fill("https://one.example")
    number = page.locator("input[name=once]").input_value()
    page.get_by_role("button", name="Create site").click()
    shown_secret(page)

    page.goto("/sitekeys/new")
    page.locator("input[name=once]").evaluate("(field, value) => { field.value = value }", number)
    page.get_by_label("Name").fill("Only one")
    page.get_by_label("Allowed origins").fill("https://one.example")
    page.get_by_role("button", name="Create site").click()

    expect(page.get_by_text("This form was sent already")).to_be_visible()
    expect(page.locator("#site-list tbody tr")).to_have_count(1)
