"""Times in pages: in the reader's own zone and words, UTC in the title."""

import re


def test_a_time_is_the_readers_own_and_stays_with_its_am_or_pm(new_context, sign_in, alice):
    page = new_context(locale="en-US", timezone_id="Asia/Kolkata").new_page()
    sign_in(page, alice)
    page.goto("/log/")
    time = page.locator(".log time").first
    text, title, at = time.evaluate("(time) => [time.textContent, time.title, time.dateTime]")
    assert re.fullmatch(r"\w{3} \d+, \d{4}, \d+:\d\d\u00a0[AP]M", text)
    minutes, in_utc = int(text[-5:-3]), int(at[14:16])
    assert minutes == (in_utc + 30) % 60, "Kolkata is half an hour off every full one."
    assert "UTC" in title
