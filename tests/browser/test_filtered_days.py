"""Days are chosen in the reader's zone, as times are shown; a link keeps the zone that it was made in."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from apps.audit import clock
from apps.sites.operations import create_site


def test_a_day_is_the_readers_and_its_link_means_the_same_elsewhere(new_context, sign_in, alice):
    with clock.at(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)):
        create_site(alice.actor, name="Early in Oslo", allowed_origins=["https://a.example"])
    page = new_context(timezone_id="Europe/Oslo").new_page()
    sign_in(page, alice)
    page.goto("/log/")
    page.get_by_label("First day, in Europe/Oslo").fill("2026-03-29")
    page.get_by_label("Last day, in Europe/Oslo").fill("2026-03-29")
    expect(page.locator("#events tbody tr")).to_have_count(1)
    expect(page.locator("#events tbody")).to_contain_text("Early in Oslo")
    expect(page.locator("#events")).to_contain_text("Days are those of Europe/Oslo.")
    page.wait_for_url("**/log/?from=2026-03-29&to=2026-03-29&zone=Europe%2FOslo")

    elsewhere = new_context(timezone_id="America/New_York").new_page()
    sign_in(elsewhere, alice)
    elsewhere.goto(page.url)
    expect(elsewhere.get_by_label("First day, in Europe/Oslo")).to_have_value("2026-03-29")
    expect(elsewhere.locator("#events tbody")).to_contain_text("Early in Oslo")
    elsewhere.get_by_role("link", name="Clear the filter").click()
    expect(elsewhere.get_by_label("First day, in America/New_York")).to_have_value("")


def test_a_filter_without_a_day_has_no_zone_in_its_address(page, sign_in, alice, shop):
    sign_in(page, alice)
    page.goto("/records/")
    page.get_by_label("Result").select_option("blocked")
    page.wait_for_url("**/records/?status=blocked")


def test_without_scripts_days_are_those_of_utc_and_the_field_says_so(new_context, sign_in, alice, shop):
    page = new_context(java_script_enabled=False, timezone_id="Europe/Oslo").new_page()
    sign_in(page, alice)
    page.goto("/log/")
    page.get_by_label("First day, in UTC").fill("2020-03-29")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#events")).to_contain_text("Days are those of UTC.")
    expect(page.locator("#events")).to_contain_text("Events that match")
