"""A filtered day is that of the zone in the address: on the page, in its links and in what is exported."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.protection import recording
from apps.sites.operations import create_site
from tests.protection.noting import answer

pytestmark = pytest.mark.django_db

OSLO = "Europe/Oslo"
SHORT = ("2026-03-29", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
LONG = ("2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))
TICK = timedelta(seconds=1)


def moments_at(begins, ends):
    """The last moment before a day, its first and its last, and the first after it."""
    return [begins - TICK, begins, ends - TICK, ends]


def csv_rows(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def links(page, part):
    return [unescape(link) for link in re.findall(rf'href="({part}[^"]*)"', page.content.decode())]


@pytest.mark.parametrize(("day", "begins", "ends"), [SHORT, LONG])
def test_the_log_shows_and_exports_the_day_of_the_zone(alice, day, begins, ends):
    for number, moment in enumerate(moments_at(begins, ends)):
        with clock.at(moment):
            create_site(alice.actor, name=f"Site {number}", allowed_origins=["https://a.example"])
    page = alice.browser.get("/log/", {"from": day, "to": day, "zone": OSLO, "action": "site.created"})

    assert [event.target_label for event in page.context["page"].rows] == ["Site 2", "Site 1"]
    assert f"Days are those of {OSLO}." in page.content.decode()
    [link] = links(page, "/log/export.csv")
    assert [row["target_label"] for row in csv_rows(alice.browser.get(link))] == ["Site 2", "Site 1"]
    [link] = links(page, "/log/export.jsonl")
    lines = alice.browser.get(link).getvalue().decode().splitlines()
    assert [json.loads(line)["target_label"] for line in lines] == ["Site 2", "Site 1"]
    exported = AuditEvent.objects.filter(action="audit.exported").latest("sequence")
    assert exported.changes["zone"] == [None, OSLO]


@pytest.mark.parametrize(("day", "begins", "ends"), [SHORT, LONG])
def test_records_show_and_export_the_day_of_the_zone(alice, shop, day, begins, ends):
    noted = [answer(shop, moment=moment).nonce for moment in moments_at(begins, ends)]
    recording.flush()
    page = alice.browser.get("/records/", {"from": day, "to": day, "zone": OSLO})

    assert [row.record.pk for row in page.context["rows"]] == [noted[2], noted[1]]
    assert f"Days are those of {OSLO}." in page.content.decode()
    [link] = links(page, "/records/export.csv")
    assert [row["id"] for row in csv_rows(alice.browser.get(link))] == [str(noted[2]), str(noted[1])]


@pytest.mark.parametrize("path", ["/log/", "/records/"])
def test_without_a_zone_that_is_known_days_are_those_of_utc_and_the_page_says_so(alice, shop, path):
    for zone in ("", "Mars/Olympus", "../../etc/passwd"):
        page = alice.browser.get(path, {"from": "2026-03-29", "zone": zone})
        text = page.content.decode()
        assert "Days are those of UTC." in text
        assert text.count("<span data-zone-name>UTC</span>") == 2
        assert page.context["query"] == "from=2026-03-29"


@pytest.mark.parametrize("path", ["/log/", "/records/"])
def test_a_zone_alone_is_no_filter(alice, shop, path):
    page = alice.browser.get(path, {"zone": OSLO})
    assert page.context["is_filtered"] is False
    assert "Days are those of" not in page.content.decode()


@pytest.mark.parametrize("path", ["/log/", "/records/"])
def test_the_bar_keeps_the_zone_that_its_days_were_chosen_in(alice, shop, path):
    text = alice.browser.get(path, {"to": "2026-03-29", "zone": OSLO}).content.decode()
    assert f'<input type="hidden" name="zone" value="{OSLO}" data-zone>' in text
    assert text.count(f"<span data-zone-name>{OSLO}</span>") == 2


@pytest.mark.parametrize("path", ["/log/", "/records/"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_days_at_the_ends_of_the_calendar_are_read(alice, shop, path, day, zone):
    page = alice.browser.get(path, {"from": "0001-01-01", "to": day, "zone": zone})
    assert page.status_code == 200
    assert f"Days are those of {zone}." in page.content.decode()
