"""The thread of each process that writes what its requests have noted."""

import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from typing import Final

import structlog
from django.db import connection

LAST_FLUSH_TAKES_AT_MOST: Final = 5.0  # seconds, of a process that is about to end

log = structlog.get_logger(__name__)


class Flusher:
    """Flushes every few seconds, and once more when the process ends.

    Args:
        name: of the thread, and what its warnings begin with.
        flush: writes what there is, and keeps what cannot be written for the next time.
        every: how many seconds lie between two flushes; 0 leaves flushing to others.
    """

    def __init__(self, name: str, *, flush: Callable[[], object], every: Callable[[], float]) -> None:
        self._name = name
        self._flush = flush
        self._every = every
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs or the settings leave flushing to others."""
        if self._thread is not None or not self._every():
            return
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._rounds, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # no more threads to be had: the next note tries again
                    self._warn(error)
                    return
                self._thread = thread
                # Unlike atexit, this runs in the web server's worker processes too, which multiprocessing ends.
                Finalize(None, self.stop, exitpriority=0)

    def stop(self) -> None:
        """Write what is left, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LAST_FLUSH_TAKES_AT_MOST)

    def _rounds(self) -> None:
        while not self._stopping.wait(self._every()):
            self._flush_or_keep()
        self._flush_or_keep()

    def _flush_or_keep(self) -> None:
        """Flush; when that fails, go on: the thread must outlive any trouble of the database."""
        try:
            self._flush()
        except Exception as error:
            self._warn(error)
        finally:
            connection.close()

    def _warn(self, error: Exception) -> None:
        log.warning(f"{self._name}_kept_for_later", error=str(error).strip())
