"""The install tab in a browser: the captcha tried on it, choices without losing one's place, and the first solution."""

import pytest
from playwright.sync_api import expect

from apps.protection import recording
from apps.protection.verifying import verify_solution
from apps.sites.models import Site
from tests.protection.solving import ORIGIN, forget_rates, solved


@pytest.fixture
def address(shop):
    forget_rates()
    Site.objects.filter(pk=shop.pk).update(level=1, initial_delay=0)
    shop.refresh_from_db()
    return f"/sitekeys/{shop.site_key}/install"


def test_a_try_shows_what_is_found_and_a_second_one_is_refused(themed_page, sign_in, bob, address, axe, theme):
    page = themed_page
    sign_in(page, bob)
    page.goto(address)
    expect(page.locator(f".gatehouse-frame[data-theme={theme}]")).to_be_visible()
    page.get_by_role("checkbox", name="I am human").click()
    expect(page.get_by_role("checkbox", name="Verified")).to_be_checked()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Accepted", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Already used", exact=True)).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_role("checkbox", name="I am human")).not_to_be_checked()


def test_a_choice_changes_the_texts_alone_and_its_address(page, sign_in, bob, address):
    sign_in(page, bob)
    page.goto(address)
    page.get_by_role("checkbox", name="I am human").click()
    expect(page.get_by_role("checkbox", name="Verified")).to_be_checked()
    page.get_by_role("link", name="Ruby").click()
    expect(page.locator("#backend-code")).to_contain_text("def human?(solution)")
    expect(page.get_by_role("link", name="Ruby")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Verified")).to_be_checked()
    assert "backend=ruby" in page.url
    page.reload()
    expect(page.locator("#backend-code")).to_contain_text("def human?(solution)")


def test_the_first_solution_turns_the_light_to_green_and_ends_the_asking(page, sign_in, bob, address, shop):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/install/first" in request.url else None)
    page.clock.install()
    sign_in(page, bob)
    page.goto(address)
    expect(page.get_by_text("Waiting for the first solution…")).to_be_visible()
    assert verify_solution(shop, solved(shop, origin=ORIGIN)).passes
    recording.flush()
    page.clock.run_for(10_000)
    expect(page.get_by_text("It works.")).to_be_visible()
    count = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == count > 0


def test_without_scripts_everything_but_the_captcha_works(new_context, sign_in, bob, address):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, bob)
    page.goto(address)
    page.get_by_role("link", name="curl").click()
    expect(page.locator("#backend-code")).to_contain_text("curl -sS")
    expect(page.get_by_text("The captcha needs JavaScript, here as on your pages.")).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("Waiting for the first solution…")).to_be_visible()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="What the verification found")).to_be_visible()
