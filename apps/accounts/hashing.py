"""Password hashing: Argon2id, sized for a small machine, a bounded number at once.

An Argon2 hash costs memory and a processor for its whole time. Without a bound, a few sign-ins at once
starve every other request; with it they queue, and whoever would wait too long is told to come back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher

HASHES_AT_ONCE: Final = 1  # in one process; there is a process a core
LONGEST_WAIT: Final = 5.0  # seconds

_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


class TooManySignIns(Exception):
    """No turn to hash a password came up in time; the answer is 503 with `Retry-After`."""


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's second recommendation: 19 MiB, 2 passes, 1 lane (about 30 ms a hash).

    Source: OWASP Password Storage Cheat Sheet, "Argon2id".
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash a password, in turn.

        Raises:
            TooManySignIns: when no turn comes up within 5 seconds.
        """
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Check a password, in turn.

        Raises:
            TooManySignIns: when no turn comes up within 5 seconds.
        """
        with _turn():
            return super().verify(password, encoded)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=LONGEST_WAIT):
        raise TooManySignIns
    try:
        yield
    finally:
        _turns.release()
