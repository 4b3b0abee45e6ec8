"""What the pages about traffic show, and to whom."""

import re
from datetime import timedelta

import pytest

from apps.accounts.models import Account
from apps.audit import clock
from apps.permissions.models import ShareLevel
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.sites.operations import create_site
from apps.sites.sharing import share_site
from tests.protection.noting import answer, block, issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(shop):
    """Three challenges of this hour: one accepted, one refused, one not solved; one visitor was blocked."""
    for _ in range(3):
        issue(shop)
    answer(shop)
    answer(shop, Outcome.EXPIRED)
    block(shop)
    recording.flush()
    return shop


def table(page, number):
    """The newest line of the table behind a chart that says anything."""
    text = page.content.decode()
    body = text.split(f'id="{number}"', 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    rows = [
        [cell.strip() for cell in re.findall(r"<td[^>]*>\s*(.*?)\s*</td>", row, re.S)] for row in body.split("</tr>")
    ]
    return next((row for row in rows if row and any(cell not in {"0", "–"} for cell in row)), None)


def sums(page):
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*(.*?)\s*</dd>", page.content.decode(), re.S)
    return dict(found)


def test_a_challenge_that_is_solved_a_minute_later_is_not_also_told_as_unsolved(alice, shop):
    now = clock.now()
    issue(shop, moment=now - timedelta(minutes=5))
    answer(shop, moment=now - timedelta(minutes=3))
    recording.flush()

    page = alice.browser.get(f"/sitekeys/{shop.site_key}/traffic", {"range": "live"})
    assert [number for _, number in page.context["challenges"].legend] == [1, 0, 0]


@pytest.mark.parametrize("span", ["live", "24h", "7d", "30d", "90d"])
def test_each_span_tells_the_same_sums_and_has_a_table_behind_each_chart(alice, busy, span):
    page = alice.browser.get(f"/sitekeys/{busy.site_key}/traffic", {"range": span})

    told = sums(page)
    assert {name: told[name] for name in ("Issued", "Solved", "Accepted", "Rejected", "Blocked", "Time to solve")} == {
        "Issued": "3", "Solved": "2", "Accepted": "1", "Rejected": "1", "Blocked": "1", "Time to solve": "1.5 s"
    }  # fmt: skip
    assert table(page, "challenges-chart") == ["2", "1", "1", "4"]
    assert table(page, "verifications-chart") == ["1", "1", "2"]
    assert table(page, "rate-chart") == ["67 %"]
    assert table(page, "time-chart") == ["1.5 s"]


def test_an_unknown_span_is_a_day(alice, busy):
    page = alice.browser.get("/traffic/", {"range": "<script>"})
    assert "in the last 24 hours" in page.content.decode()


def test_the_account_page_adds_sites_up_and_lists_them(alice, busy):
    other = create_site(alice.actor, name="Busier", allowed_origins=["https://b.example"]).site
    for _ in range(9):
        issue(other)
    recording.flush()
    page = alice.browser.get("/traffic/")
    assert sums(page)["Issued"] == "12"
    listed = re.findall(r'class="title"\s+href="/sitekeys/(\w+)/traffic', page.content.decode())
    assert listed == [other.site_key, busy.site_key]


def test_a_member_sees_the_traffic_of_the_sites_that_are_shared_with_them_alone(alice, bob, busy):
    hidden = create_site(alice.actor, name="Hidden", allowed_origins=["https://h.example"]).site
    issue(hidden)
    recording.flush()
    page = bob.browser.get("/traffic/")
    assert sums(page)["Issued"] == "3"
    assert "Hidden" not in page.content.decode()


def test_a_guest_reads_statistics_and_no_record(alice, dave, busy):
    share_site(alice.actor, site_key=busy.site_key, email=dave.user.email, level=ShareLevel.READ)
    page = dave.browser.get(f"/sitekeys/{busy.site_key}/traffic")
    assert sums(page)["Issued"] == "3"
    assert "/records/" not in page.content.decode().split('id="main"')[1]
    assert dave.browser.get("/records/", {"site": busy.site_key}).context["rows"] == []


def test_without_any_traffic_the_page_leads_to_the_install_tab(alice, shop):
    for path in ("/traffic/", f"/sitekeys/{shop.site_key}/traffic", "/", f"/sitekeys/{shop.site_key}/"):
        page = alice.browser.get(path).content.decode()
        assert "No traffic yet" in page
        assert f'<a class="btn primary" href="/sitekeys/{shop.site_key}/install">' in page


def test_a_quiet_day_after_others_is_no_missing_widget(alice, shop):
    answer(shop, moment=clock.now() - timedelta(days=3))
    recording.flush()
    page = alice.browser.get("/traffic/").content.decode()
    assert "Nothing in the last 24 hours" in page
    assert "No traffic yet" not in page


def test_without_a_site_there_is_no_link_to_install(alice):
    assert Account.objects.exists()
    page = alice.browser.get("/traffic/").content.decode()
    assert "No traffic yet" in page
    assert "/install" not in page


def test_the_live_part_asks_for_itself_and_the_others_do_not(alice, busy):
    live = alice.browser.get("/traffic/", {"range": "live"})
    assert 'hx-get="/traffic/?range=live" hx-trigger="every 5s"' in live.content.decode()
    part = alice.browser.get("/traffic/", {"range": "live"}, headers={"HX-Request": "true", "HX-Target": "traffic"})
    assert part.content.decode().lstrip().startswith("<div")
    assert "<html" not in part.content.decode()
    assert "every 5s" not in alice.browser.get("/traffic/").content.decode()


def test_the_overview_shows_the_last_day_to_who_may_read_it(alice, erin, busy):
    assert "Traffic in the last 24 hours" in alice.browser.get("/").content.decode()
    assert "Traffic in the last 24 hours" not in erin.browser.get("/").content.decode()


def test_a_sites_overview_tells_of_its_last_week_what_its_traffic_tab_does(alice, busy):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://o.example"]).site
    issue(other)
    answer(busy, moment=clock.now() - timedelta(days=5))
    recording.flush()
    overview = alice.browser.get(f"/sitekeys/{busy.site_key}/")
    tab = alice.browser.get(f"/sitekeys/{busy.site_key}/traffic", {"range": "7d"})

    assert overview.context["traffic"]["sums"] == tab.context["sums"]
    assert overview.context["traffic"]["challenges"] == tab.context["challenges"]
    assert overview.context["traffic"]["total"].accepted == 2
    assert table(overview, "challenges-chart") == table(tab, "challenges-chart")
    text = overview.content.decode()
    assert "Traffic in the last 7 days" in text
    assert f'href="/sitekeys/{busy.site_key}/traffic?range=7d"' in text
    assert "js/charts" in text


def test_a_sites_overview_keeps_its_traffic_from_who_may_not_read_it(alice, bob, erin, busy):
    for person, sees in ((bob, True), (erin, False)):
        assert (
            "Traffic in the last 7 days" in person.browser.get(f"/sitekeys/{busy.site_key}/").content.decode()
        ) == sees


def test_a_quiet_week_after_others_is_no_missing_widget_on_a_sites_overview(alice, shop):
    answer(shop, moment=clock.now() - timedelta(days=20))
    recording.flush()
    page = alice.browser.get(f"/sitekeys/{shop.site_key}/").content.decode()
    assert "No visitor was asked in the last 7 days." in page
    assert "No traffic yet" not in page


def test_the_tab_is_there_for_who_may_read_it(alice, bob, erin, busy):
    tab = f'href="/sitekeys/{busy.site_key}/traffic"'
    for person, sees in ((alice, True), (bob, True), (erin, False)):
        assert (tab in person.browser.get(f"/sitekeys/{busy.site_key}/").content.decode()) == sees


@pytest.mark.parametrize("path", ["/traffic/", "/traffic/?range=90d"])
def test_a_page_takes_the_same_few_queries_however_many_sites_there_are(
    alice, busy, path, django_assert_max_num_queries
):
    for number in range(12):
        issue(create_site(alice.actor, name=f"Site {number}", allowed_origins=["https://s.example"]).site)
    recording.flush()
    browser = alice.browser
    browser.get(path)
    with django_assert_max_num_queries(16):
        browser.get(path)
