"""The counts behind the rate limits: exact among threads, each window for itself, and forgotten when it is over."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from apps.api.window_counts import FORGET_EVERY, WindowCounts


@pytest.fixture
def now(monkeypatch):
    """The time, which a test sets."""
    moment = [1_000_000.0]
    monkeypatch.setattr("apps.api.window_counts.time.time", lambda: moment[0])
    return moment


def test_a_window_counts_from_its_first_request_and_begins_anew_when_it_is_over(now):
    counts = WindowCounts()
    assert [counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert (counts.get("a"), counts.get_expiry("a")) == (3, now[0] + 60)

    now[0] += 60

    assert (counts.get("a"), counts.get_expiry("a")) == (0, now[0])
    assert counts.incr("a", 60, 5) == 5


def test_keys_are_counted_apart_and_cleared_apart(now):
    counts = WindowCounts()
    counts.incr("a", 60)
    counts.incr("b", 60)
    counts.clear("a")

    assert (counts.get("a"), counts.get("b"), counts.get("never")) == (0, 1, 0)
    assert counts.reset() == 1
    assert counts.get("b") == 0


def test_what_is_over_is_forgotten_so_that_memory_does_not_grow(now):
    counts = WindowCounts()
    for minute in range(5):
        now[0] += FORGET_EVERY
        for caller in range(100):
            counts.incr(f"{minute} {caller}", 60)

    assert len(counts) == 100


def test_no_request_is_lost_among_threads():
    counts = WindowCounts()
    limiter = FixedWindowRateLimiter(counts)
    item = RateLimitItemPerMinute(500)
    start = threading.Barrier(16)

    def ask() -> int:
        start.wait()
        return sum(limiter.hit(item, "caller") for _ in range(100))

    with ThreadPoolExecutor(16) as pool:
        let_through = sum(pool.map(lambda _: ask(), range(16)))

    assert let_through == 500
    assert counts.get(item.key_for("caller")) == 1600


def test_counting_starts_no_thread():
    counts, before = WindowCounts(), threading.active_count()
    for _ in range(100):
        counts.incr("a", 60)

    assert threading.active_count() == before
