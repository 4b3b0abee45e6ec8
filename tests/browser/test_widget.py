"""The widget on pages of another origin, under a strict policy: every contract's markup, to a verified answer."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.protection.snippets import SPELLINGS
from apps.sites.models import Site
from apps.sites.secrets import rotate_secret

SECOND_TIME = {
    "gatehouse": lambda answer: answer["error"]["code"] == "solution_already_used",
    "neocaptcha": lambda answer: answer["error"]["code"] == "solution_already_used",
    "eu-captcha": lambda answer: answer["error-codes"] == ["timeout-or-duplicate"],
    "private-captcha": lambda answer: answer["error-codes"] == ["solution-verified-before"],
    "procaptcha": lambda answer: answer["status"] == "API.USER_ALREADY_VERIFIED",
}


def set_site(shop: Site, **settings: Any) -> None:
    Site.objects.filter(pk=shop.pk).update(**settings)


def sent(page: Page) -> None:
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/sign-up")


def box(page: Page, name: str = "I am human") -> Any:
    return page.get_by_role("checkbox", name=name)


@pytest.mark.parametrize("words", SPELLINGS)
def test_a_form_with_a_vendors_markup_is_verified_in_that_vendors_words(page, customer, alice, shop, words):
    spelling = SPELLINGS[words]
    secret = rotate_secret(alice.actor, site_key=shop.site_key).secret.reveal()
    given = {"site key": spelling.site_key(shop.key), "secret": secret}
    customer.markup = f'<div class="{spelling.css_class}" data-sitekey="{given["site key"]}"></div>'

    def verify(fields: dict[str, str]) -> Any:
        given["solution"] = fields[spelling.field]
        return customer.ask(spelling.path, {name: given[source] for name, source in spelling.body})

    customer.verify = verify
    page.goto(customer.origin)
    expect(page.locator(".gatehouse-frame")).to_be_visible()
    if words == "procaptcha":
        box(page).click()
        expect(box(page, "Verified")).to_be_checked()
    sent(page)

    assert customer.answers[0][spelling.answer] is True
    assert customer.forms[0]["name"] == "Ada"
    again = verify(customer.forms[0])
    assert again[spelling.answer] is False
    assert SECOND_TIME[words](again)


def test_it_asks_for_the_script_and_a_challenge_and_leaves_nothing_behind(page, customer, live_server):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(customer.origin)
    box(page).click()
    expect(box(page, "Verified")).to_be_checked()

    foreign = [url.removeprefix(live_server.url).split("?")[0] for url in asked if url.startswith(live_server.url)]
    assert foreign == ["/widget.js", "/challenge"]
    assert len(asked) == len(foreign) + 3  # the customer's own page, styles and script
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


def test_a_policy_without_one_of_the_two_lines_is_told(page, customer, complaints):
    complaints.expected += ["CSP: connect-src", "violates", "Fetch API cannot load"]
    customer.policy = "default-src 'none'; style-src 'self'; script-src 'self' {gate}"
    page.goto(customer.origin)
    box(page).click()
    expect(page.get_by_role("alert")).to_have_text("The check cannot be reached. Are you online?")
    assert any("connect-src" in text for text in complaints.found)


def test_by_keyboard_alone(page, customer):
    customer.markup = customer.markup.replace("></div>", ' data-start="click"></div>')
    page.goto(customer.origin)
    expect(box(page)).to_be_visible()
    page.get_by_label("Name").focus()
    page.keyboard.press("Tab")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Space")
    expect(box(page, "Verified")).to_be_checked()
    expect(page.get_by_role("status")).to_have_text("Verified")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-up")
    assert customer.forms[0]["gatehouse-solution"]


def test_a_german_browser_reads_german(new_context: Callable[..., Any], customer):
    page = new_context(locale="de-AT").new_page()
    page.goto(customer.origin)
    box(page, "Ich bin ein Mensch").click()
    expect(box(page, "Geprüft")).to_be_checked()
    assert page.locator(".gatehouse-frame").get_attribute("lang") == "de"


def test_a_page_may_choose_the_language(page, customer):
    customer.markup = customer.markup.replace("></div>", ' data-lang="fr-CA"></div>')
    page.goto(customer.origin)
    expect(box(page, "Je suis humain")).to_be_visible()


@pytest.mark.parametrize(
    ("asked", "behind", "worn"),
    [("", "", "light"), ("", "dark", "dark"), ("dark", "", "dark"), ("light", "dark", "light")],
)
def test_it_wears_the_theme_that_the_page_asks_for_or_else_the_pages_own(page, customer, axe, asked, behind, worn):
    customer.theme = behind
    if asked:
        customer.markup = customer.markup.replace("></div>", f' data-theme="{asked}"></div>')
    page.goto(customer.origin)
    expect(page.locator(f".gatehouse-frame[data-theme={worn}]")).to_be_visible()
    axe(page)
    box(page).click()
    expect(box(page, "Verified")).to_be_checked()
    axe(page)


def test_a_form_that_is_sent_at_once_waits_for_the_check(page, customer, shop):
    set_site(shop, initial_delay=2)
    page.goto(customer.origin)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Checking… Your form is sent as soon as this is done.")
    assert customer.forms == []
    page.wait_for_url("**/sign-up")
    assert customer.forms[0]["gatehouse-solution"]
