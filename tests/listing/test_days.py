"""A day is as long as the zone says that it belongs to: 23, 24 or 25 hours."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.listing.days import end_of, start_of, with_known_zone

OSLO = "Europe/Oslo"


@pytest.mark.parametrize(
    ("day", "zone", "begins", "hours"),
    [
        ("2026-03-29", OSLO, datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("2026-10-25", OSLO, datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        ("2026-07-01", OSLO, datetime(2026, 6, 30, 22, tzinfo=UTC), 24),
        ("2026-03-29", "", datetime(2026, 3, 29, tzinfo=UTC), 24),
        ("2026-04-24", "Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC), 23),  # has no midnight: begins at 01:00
        ("2026-11-01", "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),  # has two: begins at the first
        ("2026-01-01", "Pacific/Kiritimati", datetime(2025, 12, 31, 10, tzinfo=UTC), 24),
    ],
)
def test_a_day_begins_and_ends_at_the_midnights_of_its_zone(day: str, zone: str, begins: datetime, hours: int) -> None:
    assert start_of(day, zone) == begins
    assert end_of(day, zone) == begins + timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["", OSLO, "America/New_York", "Pacific/Kiritimati"])
def test_days_at_the_ends_of_the_calendar_leave_that_side_open(zone: str) -> None:
    assert end_of("9999-12-31", zone) is None
    begins = start_of("0001-01-01", zone)
    assert begins is None or begins.year == 1
    assert start_of("9999-12-31", zone) is not None
    assert start_of("yesterday", zone) is end_of("2026-02-30", zone) is None


@pytest.mark.parametrize(
    "name", ["Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "Europe", "x\0", "\ud800", "é" * 99]
)
def test_a_zone_that_is_none_counts_as_utc(name: str) -> None:
    assert with_known_zone({"from": "2026-03-29", "to": "", "zone": name})["zone"] == ""


def test_a_zone_without_a_day_is_no_filter() -> None:
    assert with_known_zone({"from": "", "to": "", "zone": OSLO, "actor": "a"}) == {
        "from": "", "to": "", "zone": "", "actor": "a"
    }  # fmt: skip
    assert with_known_zone({"from": "", "to": "2026-03-29", "zone": OSLO})["zone"] == OSLO


def test_old_names_that_browsers_still_send_are_known() -> None:
    assert with_known_zone({"from": "2026-03-29", "to": "", "zone": "Asia/Calcutta"})["zone"] == "Asia/Calcutta"
