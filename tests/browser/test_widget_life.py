"""A widget's life: refusals that help, delay and expiry, parts of a page that come and go, what scripts call."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.protection import test_keys
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.sites.models import Site

SCRIPT = "document.querySelector('form').innerHTML = `{html}`"


def set_site(shop: Site, **settings: Any) -> None:
    Site.objects.filter(pk=shop.pk).update(**settings)


def box(page: Page, name: str = "I am human") -> Any:
    return page.get_by_role("checkbox", name=name)


def solve(page: Page) -> None:
    box(page).click()
    expect(box(page, "Verified")).to_be_checked()


def told(page: Page) -> Any:
    return page.get_by_role("alert")


def test_a_page_of_another_origin_is_told_and_may_try_again(page, customer, shop, complaints, axe):
    complaints.expected += ["CORS policy", "Failed to load resource"]
    set_site(shop, allowed_origins=["https://elsewhere.example"])
    page.goto(customer.origin)
    box(page).click()
    expect(told(page)).to_have_text(f"This site key is not for {customer.origin}.")
    axe(page)
    set_site(shop, allowed_origins=[customer.origin])
    page.get_by_role("button", name="Try again").click()
    expect(box(page, "Verified")).to_be_checked()
    expect(box(page, "Verified")).to_be_focused()
    expect(told(page)).to_be_hidden()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"is_active": False}, "This site key is switched off."),
        ({"max_parallel": 0}, "Too many checks at once. Wait a moment, then try again."),
    ],
)
def test_a_refusal_says_what_helps(page, customer, shop, complaints, settings, text):
    complaints.expected.append("Failed to load resource")
    set_site(shop, **settings)
    page.goto(customer.origin)
    box(page).click()
    expect(told(page)).to_have_text(text)
    page.get_by_role("button", name="Send").click()
    expect(told(page)).to_have_text(text)
    assert customer.forms == []


def test_a_blocked_visitor_is_told_and_gets_no_challenge(page, customer, alice, shop, complaints):
    complaints.expected.append("Failed to load resource")
    create_rule(alice.actor, wanted=Wanted("block", [("ip", "127.0.0.1")]), site_key=shop.site_key)
    page.goto(customer.origin)
    box(page).click()
    expect(told(page)).to_have_text("Access from your network is blocked here.")


def test_a_solution_is_handed_over_when_the_delay_is_over(page, customer, shop):
    set_site(shop, initial_delay=2)
    page.goto(customer.origin)
    page.evaluate("window.before = performance.now()")
    solve(page)
    assert page.evaluate("performance.now() - window.before") >= 2000
    solution = json.loads(base64.b64decode(page.locator("[name=gatehouse-solution]").input_value()))
    assert solution["solution"]["time"] < 1000  # the work, without the waiting


def test_an_expired_solution_is_renewed(page, customer, shop):
    set_site(shop, validity_seconds=2)
    customer.markup = customer.markup.replace("></div>", ' data-expired-callback="expired"></div>')
    page.goto(customer.origin)
    solve(page)
    first = page.locator("[name=gatehouse-solution]").input_value()
    page.wait_for_function("first => document.querySelector('[name=gatehouse-solution]')?.value !== first", arg=first)
    expect(box(page, "Verified")).to_be_checked()
    assert page.evaluate("heard[0][0]") == "expired"


def test_a_reset_form_starts_over_and_a_ticked_box_can_be_unticked(page, customer):
    page.goto(customer.origin)
    solve(page)
    page.evaluate("document.querySelector('form').reset()")
    expect(box(page)).not_to_be_checked()
    assert page.locator("[name=gatehouse-solution]").count() == 0
    solve(page)
    box(page, "Verified").click()
    expect(box(page)).not_to_be_checked()


def test_what_is_added_later_is_rendered_and_what_goes_is_forgotten(page, customer, shop):
    page.goto(customer.origin)
    solve(page)
    assert page.evaluate("gatehouse.getResponse().length") > 200
    page.evaluate("document.querySelector('.gatehouse').remove()")
    page.wait_for_function("gatehouse.getResponse() === ''")
    page.evaluate(SCRIPT.format(html="<i id=gatehouse class=gatehouse data-sitekey=x></i>"))
    page.evaluate("gatehouse.remove('gatehouse')")
    expect(page.locator(".gatehouse-frame")).to_have_count(0)
    page.evaluate(SCRIPT.format(html=f"<p><b class=eu-captcha data-sitekey={shop.site_key}></b></p>"))
    expect(box(page, "Verified")).to_be_checked()
    assert page.locator("[name=eu-captcha-response]").count() == 1


def test_functions_are_called_by_the_names_that_the_attributes_have(page, customer, shop):
    names = {"callback": "verified", "error-callback": "failed", "expired-callback": "expired"}
    attributes = " ".join(f'data-{name}="{function}"' for name, function in names.items())
    customer.markup = f'<div class="procaptcha" data-sitekey="{shop.site_key}" {attributes}></div>'
    page.goto(customer.origin)
    solve(page)
    assert page.evaluate("heard") == [["verified", "a solution"]]
    assert page.evaluate("procaptcha.getResponse() === document.querySelector('[name=procaptcha-response]').value")


def test_private_captchas_functions_get_the_widget_and_its_events_bubble(page, customer, shop):
    callbacks = 'data-started-callback="started" data-finished-callback="verified" data-store-variable="captcha"'
    customer.markup = f'<div class="private-captcha" data-sitekey="{shop.site_key}" {callbacks}></div>'
    page.goto(customer.origin)
    page.get_by_label("Name").focus()
    expect(box(page, "Verified")).to_be_checked()
    assert page.evaluate("heard.slice(1)") == [["event", "private-captcha"], ["verified", "the widget"]]
    assert page.evaluate("privateCaptcha.autoWidget === document.querySelector('.private-captcha').captcha")


def test_markup_for_recaptcha_works_in_compatibility_mode_alone(page, customer, shop):
    customer.markup = f'<div class="g-recaptcha" data-sitekey="{shop.site_key}"></div>'
    page.goto(customer.origin)
    page.wait_for_function("window.gatehouse")
    assert page.locator(".gatehouse-frame").count() == 0
    customer.query = "?compat=recaptcha"
    page.goto(customer.origin)
    solve(page)
    assert page.evaluate("grecaptcha.getResponse() === document.querySelector('[name=g-recaptcha-response]').value")


def test_a_script_renders_where_it_likes_and_runs_it_without_a_box(page, customer, shop):
    customer.query, customer.markup = "?render=explicit", "<div id=place></div>"
    page.goto(customer.origin)
    page.wait_for_function("window.gatehouse")
    options = json.dumps({"siteKey": shop.site_key, "size": "invisible", "field": "token"})
    page.evaluate(f"gatehouse.render('place', {options})")
    expect(box(page)).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/sign-up")
    assert len(customer.forms[0]["token"]) > 200


def test_a_key_for_tests_works_on_any_page_and_says_that_it_is_one(page, customer):
    keys = test_keys.ALWAYS_PASSES
    customer.markup = f'<div class="gatehouse" data-sitekey="{keys.site_key}"></div>' * 2
    page.goto(customer.origin)
    page.get_by_label("Name").focus()
    expect(page.get_by_text("Test key")).to_have_count(2)
    expect(box(page, "Verified")).to_have_count(2)


def test_names_in_a_visitors_text_lead_the_widget_nowhere_else(page, customer, shop):
    """`document.currentScript` is whatever element of the page has this name."""
    clobbered = "Object.assign(document.createElement('embed'), { src: 'https://elsewhere.example/widget.js' })"
    page.add_init_script(f"Object.defineProperty(document, 'currentScript', {{ get: () => {clobbered} }})")
    customer.markup = (
        '<a id="gatehouse"></a><a id="gatehouse" name="render"></a><div class="gatehouse" lang="en" '
        f'data-lang="constructor" data-store-variable="innerHTML" data-sitekey="{shop.site_key}"></div>'
    )
    page.goto(customer.origin)
    solve(page)
