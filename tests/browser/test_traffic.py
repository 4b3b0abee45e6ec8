"""The pages about traffic and records: drawn in both themes, alive while somebody looks, quiet for axe."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.audit import clock
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord
from apps.protection.traffic_models import TrafficHour
from apps.sites.models import Site
from tests.browser.conftest import NARROW
from tests.protection.noting import Hit, answer, block, issue, visitor

COLOURS = """
(place) => {
  const canvas = document.querySelectorAll(".plot canvas")[place];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Map();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const colour = [data[at], data[at + 1], data[at + 2]].join(",");
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  return [...colours].filter(([, count]) => count > 20).map(([colour]) => colour);
}
"""
SOLVED = {"light": "63,102,224", "dark": "93,128,245"}
LINE = {"light": "47,84,208", "dark": "142,168,255"}


@pytest.fixture
def busy(shop: Site) -> Site:
    """Challenges of the last hours, and records of every kind."""
    recording.forget()
    now = clock.now()
    for hours in range(6):
        at = now - timedelta(hours=hours)
        for number in range(20):
            issue(shop, moment=at)
            answer(
                shop, Outcome.EXPIRED if number % 5 == 0 else Outcome.ACCEPTED, moment=at, solve_ms=900 + 200 * hours
            )
        block(shop, visitor(user_agent="x" * 300, country=""), hit=Hit(), moment=at)
    recording.flush()
    return shop


@pytest.fixture
def records(busy: Site) -> dict[str, Any]:
    """A record of each status."""
    latest = CaptchaRecord.objects.order_by("recorded_at").values_list("status", "pk")
    return dict(latest)


def test_the_charts_are_drawn_in_both_themes(new_context, sign_in, alice, busy, theme):
    page = new_context(color_scheme=theme).new_page()
    sign_in(page, alice)
    page.goto(f"/sitekeys/{busy.site_key}/traffic")
    expect(page.locator(".plot[data-drawn=hour] canvas")).to_have_count(4)
    assert SOLVED[theme] in page.evaluate(COLOURS, 0)
    assert SOLVED[theme] in page.evaluate(COLOURS, 1)
    assert LINE[theme] in page.evaluate(COLOURS, 2)
    assert LINE[theme] in page.evaluate(COLOURS, 3)


def test_counts_with_commas_are_drawn(page: Page, sign_in, alice, shop):
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    TrafficHour.objects.create(site=shop, begins_at=hour, issued=12_600, solved=12_345)
    sign_in(page, alice)
    page.goto("/traffic/?range=24h")
    expect(page.locator(".legend").first).to_contain_text("12,345")
    expect(page.locator(".plot[data-drawn=hour] canvas")).to_have_count(4)
    assert SOLVED["light"] in page.evaluate(COLOURS, 0)


def test_a_point_of_a_line_is_told_with_its_unit(page: Page, sign_in, alice, busy):
    sign_in(page, alice)
    page.goto("/traffic/")
    over = page.locator(".u-over").nth(2)
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    expect(page.locator(".tip:visible")).to_contain_text("100 %")


def test_the_live_view_renews_itself_and_rests_while_its_table_is_read(page: Page, sign_in, alice, busy):
    page.clock.install()
    sign_in(page, alice)
    page.goto("/traffic/?range=live")
    issued = page.locator(".stats dd").first
    before = int(issued.inner_text())
    issue(busy)
    recording.flush()
    page.clock.run_for(20_000)
    expect(issued).to_have_text(str(before + 1))
    expect(page.locator(".plot[data-drawn=minute] canvas")).to_have_count(4)

    page.locator(".chart summary").first.click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert asked == []
    page.locator(".chart summary").first.click()
    with page.expect_request("**/traffic/**"):
        page.clock.run_for(20_000)


def test_records_narrow_while_somebody_chooses_and_the_address_keeps_it(page: Page, sign_in, alice, records):
    sign_in(page, alice)
    page.goto("/records/")
    page.get_by_label("Result").select_option("blocked")
    expect(page.locator("#records tbody tr")).to_have_count(6)
    page.wait_for_url("**status=blocked**")
    page.reload()
    expect(page.locator("#records tbody tr")).to_have_count(6)
    page.locator("#records tbody a").first.click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def test_bars_are_drawn_also_where_a_week_of_hours_has_little_room(new_context, sign_in, alice, busy):
    page = new_context(color_scheme="light", viewport=NARROW).new_page()
    sign_in(page, alice)
    page.goto("/traffic/?range=7d")
    page.wait_for_selector(".plot[data-drawn=hour] canvas")
    assert SOLVED["light"] in page.evaluate(COLOURS, 0)
