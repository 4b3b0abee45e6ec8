"""The settings of a site in a real browser: the slider, the words that go with it, and what is not saved yet."""

import pytest
from playwright.sync_api import Page, expect

from apps.sites.difficulty import difficulty_of, pow_difficulty_of, work_in_words
from apps.sites.models import Site


@pytest.fixture
def settings_page(page: Page, sign_in, alice, shop) -> Page:
    """Alice, at the settings of her site."""
    sign_in(page, alice)
    page.goto(f"/sitekeys/{shop.site_key}/settings")
    return page


def test_slider_and_number_move_together_and_say_what_the_server_would(settings_page, shop):
    number, slider = settings_page.get_by_label("Level", exact=True), settings_page.get_by_label("Level, as a slider")
    for level in (1, 15, 16, 63, 64, 95, 97, 103, 112, 160, 247, 255, 96):
        slider.fill(str(level))
        expect(number).to_have_value(str(level))
        words = f"Level {level} is {work_in_words(level)}. EU Captcha calls it difficulty {difficulty_of(level)}, "
        expect(settings_page.locator("[data-level]")).to_contain_text(
            f"{words}Prosopo powDifficulty {pow_difficulty_of(level)}."
        )
    number.fill("130")
    expect(slider).to_have_value("130")
    number.fill("999")
    expect(slider).to_have_value("130")


def test_what_is_not_saved_is_said_until_it_is(settings_page, shop):
    hint = settings_page.get_by_text("Not saved yet.")
    expect(hint).to_have_count(0)
    settings_page.get_by_label("Also on every subdomain").check()
    expect(hint).to_be_visible()
    settings_page.get_by_label("Also on every subdomain").uncheck()
    expect(hint).to_have_count(0)
    settings_page.get_by_label("Level, as a slider").fill("140")
    settings_page.get_by_role("button", name="Save").click()
    expect(settings_page.get_by_text("Settings saved.")).to_be_visible()
    expect(hint).to_have_count(0)
    assert Site.objects.get(pk=shop.pk).level == 140


def test_an_error_takes_the_focus_and_leads_to_its_field(settings_page, shop, complaints):
    complaints.expected.append("422")
    settings_page.get_by_label("Open challenges of one address").fill("99")
    settings_page.get_by_role("button", name="Save").click()
    expect(settings_page.locator(".summary")).to_be_focused()
    expect(settings_page.get_by_text("Not saved yet.")).to_be_visible()
    settings_page.get_by_role("link", name="Open challenges of one address").click()
    expect(settings_page.get_by_label("Open challenges of one address")).to_be_focused()


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_it_is_accessible_and_fits_the_window(page, sign_in, shop, bob, who, request, looks_right):
    sign_in(page, request.getfixturevalue(who))
    page.goto(f"/sitekeys/{shop.site_key}/settings")
    looks_right(page)


def test_without_scripts_the_number_alone_sets_the_level(new_context, sign_in, alice, shop):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto(f"/sitekeys/{shop.site_key}/settings")
    expect(page.get_by_label("Level, as a slider")).to_be_hidden()
    page.get_by_label("Level", exact=True).fill("64")
    page.get_by_label("A solution is good for").select_option("7 days")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    site = Site.objects.get(pk=shop.pk)
    assert (site.level, site.validity_seconds) == (64, 604_800)
