"""The chart of a key's usage: drawn in both themes, told in its table, and silent for those who cannot see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from apps.api_keys.models import ApiKey
from apps.api_keys.usage import hour_of
from apps.api_keys.usage_models import CallOutcome, KeyUsage
from apps.audit import clock

INK = """
() => {
  const canvas = document.querySelector(".plot canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const colour = [data[at], data[at + 1], data[at + 2]].join(",");
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  return Object.fromEntries([...colours].filter(([, count]) => count > 60));
}
"""
DONE = {"light": "63,102,224", "dark": "93,128,245"}
FAILED = {"light": "22,25,31", "dark": "232,235,240"}


@pytest.fixture
def address(alice: Any, make_key: Any) -> str:
    """The usage page of a key that had each outcome in every one of the last six hours."""
    make_key(alice)
    key = ApiKey.objects.get()
    now = hour_of(clock.now())
    KeyUsage.objects.bulk_create(
        KeyUsage(key=key, hour=now - timedelta(hours=ago), operation="x", outcome=outcome, reason="", count=20)
        for outcome in CallOutcome
        for ago in range(6)
    )
    return f"/keys/{key.pk}/usage?by=hour"


def width_of(page: Page, selector: str) -> float:
    return float(page.evaluate(f"document.querySelector('{selector}').getBoundingClientRect().width"))


def test_the_chart_is_drawn_in_both_themes_and_follows_a_change(new_context, sign_in, alice, address, theme):
    page = new_context(color_scheme=theme).new_page()
    sign_in(page, alice)
    page.goto(address)
    expect(page.locator(".plot[data-drawn=hour] canvas")).to_be_visible()
    assert {DONE[theme], FAILED[theme]} <= set(page.evaluate(INK))

    other = "dark" if theme == "light" else "light"
    page.emulate_media(color_scheme=other)
    page.wait_for_function(f"() => Object.keys(({INK})()).includes('{DONE[other]}')")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    page.wait_for_function(f"() => Object.keys(({INK})()).includes('{DONE[theme]}')")


def test_the_bar_under_the_pointer_is_told_and_the_chart_follows_the_window(page, sign_in, alice, address):
    sign_in(page, alice)
    page.goto(address)
    box = page.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    expect(page.locator(".tip")).to_contain_text("Refused20")

    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_function("() => document.querySelector('.plot canvas').getBoundingClientRect().width < 340")
    assert width_of(page, ".uplot") <= width_of(page, ".plot")


def test_the_table_is_reached_by_keyboard_alone_and_the_drawing_is_not_read_out(page, sign_in, alice, address):
    sign_in(page, alice)
    page.goto(address)
    expect(page.get_by_role("table", name="Calls in the last 48 hours")).to_be_hidden()
    page.get_by_role("link", name="By day").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    table = page.get_by_role("table", name="Calls in the last 48 hours")
    expect(table).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Calls in the last 48 hours"
    assert table.get_by_role("row").count() == 49
    assert page.locator(".plot").get_attribute("aria-hidden") == "true"


def test_without_scripts_the_table_is_there(new_context: Callable[..., BrowserContext], sign_in, alice, address):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto(address)
    expect(page.locator(".plot")).to_be_hidden()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("table", name="Calls in the last 48 hours")).to_be_visible()
    page.get_by_role("link", name="By day").click()
    expect(page.get_by_role("heading", name="Calls in the last 30 days")).to_be_visible()
