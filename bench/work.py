"""How long a visitor's browser works: `CHROMIUM=/usr/bin/chromium .venv/bin/python bench/work.py`.

Measures PBKDF2-HMAC-SHA256 as the widget calls it (WebCrypto, four calls on their way at once) in headless Chromium,
and natively in Python, in turn in one run; prints iterations a second, and from them seconds by level. A phone cannot
be measured here: its column divides this machine's by `SLOW_PHONE`.
"""

import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
TURNS: Final = 3
SECONDS: Final = 2.0
COSTS: Final = (50, 500, 2_000)
SLOW_PHONE: Final = 8.0
"""How many times slower a cheap phone of some years ago is than this machine's Chromium; an assumption."""

LEVELS: Final = (1, 32, 64, 96, 128, 160, 224, 255)

LOOP: Final = """
async ([cost, seconds]) => {
  const salt = new Uint8Array(16), end = performance.now() + seconds * 1000;
  let tries = 0;
  const lane = async (first) => {
    const password = new Uint8Array(20);
    while (performance.now() < end) {
      new DataView(password.buffer).setUint32(16, tries);
      const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: cost }, key, 256);
      tries++;
    }
  };
  const begin = performance.now();
  await Promise.all([0, 1, 2, 3].map(lane));
  return tries * cost / (performance.now() - begin) * 1000;
}
"""


def main() -> None:
    """Measure, and print two tables."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto("https://bench.example/")  # crypto.subtle is there in secure contexts alone
        found = {cost: best(page, cost) for cost in COSTS}
        browser.close()
    print(f"{'iterations of a try':>20} {'Chromium, it/s':>16} {'Python, it/s':>16} {'ratio':>7}")
    for cost, (browser_rate, python_rate) in found.items():
        print(f"{cost:20,} {browser_rate:16,.0f} {python_rate:16,.0f} {browser_rate / python_rate:7.2f}")
    print_levels(found)


def best(page: Any, cost: int) -> tuple[float, float]:
    """Iterations a second at a cost, in the browser and in Python: the best of several turns."""
    turns = [(page.evaluate(LOOP, [cost, SECONDS]), in_python(cost)) for _ in range(TURNS)]
    return max(turn[0] for turn in turns), max(turn[1] for turn in turns)


def in_python(cost: int) -> float:
    """Iterations a second of one thread."""
    begin, tries = time.perf_counter(), 0
    while time.perf_counter() - begin < SECONDS / 4:
        hashlib.pbkdf2_hmac("sha256", tries.to_bytes(20, "big"), bytes(16), cost, 32)
        tries += 1
    return tries * cost / (time.perf_counter() - begin)


def print_levels(found: dict[int, tuple[float, float]]) -> None:
    """Seconds by level; half of the visitors need less, nobody more than twice as long."""
    from apps.protection.work import work_for

    print(
        f"\n{'level':>5} {'cost':>6} {'counters':>12} {'this machine, s':>16} {'slow phone, s':>14} {'server, ms':>11}"
    )
    for level in LEVELS:
        work = work_for(level)
        nearest = min(COSTS, key=lambda cost: abs(cost - work.cost))
        tries = work.expected_iterations / work.cost
        seconds = tries * nearest / found[nearest][0] * (work.cost / nearest if work.cost > COSTS[0] else 1)
        server = work.cost / found[nearest][1] * 1000
        print(
            f"{level:5} {work.cost:6,} {work.counters:12,} {seconds:16.3g} {seconds * SLOW_PHONE:14.3g} {server:11.3f}"
        )


if __name__ == "__main__":
    main()
