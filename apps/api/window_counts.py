"""Counts of the running windows, in memory: where the rate limits of one process are kept.

The library's own memory starts a thread at nearly every count, to forget what is over. This one forgets it on the
way, once a window at most, so a count costs what a dictionary costs.
"""

import threading
import time
from typing import Final

from limits.storage.base import Storage

FORGET_EVERY: Final = 60.0  # seconds
"""As long as the longest window here; so there are never more counts than two windows' callers."""


class WindowCounts(Storage):
    """Storage of fixed windows for `limits`, exact among the threads of a process."""

    STORAGE_SCHEME = ["window-counts"]

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # key → count, end of the window
        self._forget_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong in a dictionary."""
        return MemoryError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in the running window or in a new one.

        Args:
            key: what is counted.
            expiry: seconds that a new window lasts.
            amount: how many.

        Returns:
            How many there are in this window.
        """
        now = time.time()
        with self._lock:
            if now >= self._forget_at:
                self._counts = {name: window for name, window in self._counts.items() if window[1] > now}
                self._forget_at = now + FORGET_EVERY
            count, end = self._counts.get(key, (0, 0.0))
            window = (count + amount, end) if end > now else (amount, now + expiry)
            self._counts[key] = window
        return window[0]

    def get(self, key: str) -> int:
        """How many there are in the running window."""
        count, end = self._counts.get(key, (0, 0.0))
        return count if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the running window ends, in seconds since the epoch; now, where there is none."""
        now = time.time()
        return max(now, self._counts.get(key, (0, now))[1])

    def check(self) -> bool:
        """Whether it can be used: always."""
        return True

    def reset(self) -> int:
        """Forget everything; how many counts there were."""
        with self._lock:
            forgotten, self._counts = len(self._counts), {}
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)
