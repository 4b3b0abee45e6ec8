"""What counting for the rate limits costs: `.venv/bin/python bench/rate_limits.py`.

This product's counts and the memory of the library, in turn in one run, with few callers and with many.
"""

import statistics
import sys
import time
from pathlib import Path

from limits.storage import MemoryStorage, Storage

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
CALLS = 500
CALLERS = (1, 10_000)


def main() -> None:
    """Measure, and print a table: quartiles of one count in microseconds, and how the library's compares to ours."""
    from apps.api.window_counts import WindowCounts

    print(f"{'callers':>8} {'kept by':<14} {'lower':>9} {'median':>9} {'upper':>9} {'ratio':>7}")
    for callers in CALLERS:
        first = None
        for name, storage in (("this product", WindowCounts()), ("the library", MemoryStorage())):
            lower, median, upper = statistics.quantiles(spent(storage, callers), n=4)
            first = first or median
            print(f"{callers:8} {name:<14} {lower:9.2f} {median:9.2f} {upper:9.2f} {median / first:7.1f}")


def spent(storage: Storage, callers: int) -> list[float]:
    """Microseconds of each count, of a storage that many callers are counted in already.

    Between two counts lie 11 ms, as between the requests of a server that has little to do.
    """
    for caller in range(callers):
        storage.incr(f"caller {caller}", 60)
    found = []
    for number in range(CALLS):
        time.sleep(0.011)
        begin = time.perf_counter()
        storage.incr(f"caller {number % callers}", 60)
        found.append((time.perf_counter() - begin) * 1e6)
    return found


if __name__ == "__main__":
    main()
