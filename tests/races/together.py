"""Threads that begin at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connections

R = TypeVar("R")

THREADS = 16
LONGEST_WAIT = 30  # seconds


def together(work: Sequence[Callable[[], R]]) -> list[R | Exception]:
    """Call all of `work` at once, each in a thread; what each returned or raised, in their order."""
    start = threading.Barrier(len(work), timeout=LONGEST_WAIT)

    def run(one: Callable[[], R]) -> R | Exception:
        start.wait()
        try:
            return one()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def succeeded(results: Sequence[Any]) -> list[Any]:
    """What did not raise."""
    return [result for result in results if not isinstance(result, Exception)]


def failures(results: Sequence[Any]) -> list[Exception]:
    """What was raised."""
    return [result for result in results if isinstance(result, Exception)]
