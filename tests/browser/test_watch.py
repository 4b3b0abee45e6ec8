"""The watch itself: what a browser complains about is seen."""

import pytest


def test_a_script_that_the_policy_blocks_is_reported(page, complaints):
    complaints.expected += ["CSP: ", "console: ", "violates"]
    page.goto("/accounts/login/")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")

    assert page.evaluate("window.ran") is None
    assert any(text.startswith("CSP: script-src") for text in complaints.found)


def test_an_error_in_a_script_is_reported(page, complaints):
    complaints.expected.append("deliberate")
    page.goto("/accounts/login/")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('deliberate') })")

    assert any("deliberate" in text for text in complaints.found)


def test_an_inaccessible_page_fails(page, axe):
    page.set_content("<!doctype html><html lang=en><title>x</title><main><h1>x</h1><img src='data:,'></main></html>")

    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_a_person_who_is_signed_in_sees_no_sign_in_form(page, sign_in, alice):
    sign_in(page, alice)
    page.goto("/")

    assert "login" not in page.url
    assert page.locator("input[type=password]").count() == 0
