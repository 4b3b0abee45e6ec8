"""Counting what keys are used for, beside their calls: a call adds to a tally in memory, and nothing else.

A thread of each process writes its tally every few seconds, and once more when the process ends. A process that is
killed loses what it counted since the last time; one whose database is away keeps counting and writes it later.
"""

import os
import threading
from datetime import datetime
from functools import lru_cache
from multiprocessing.util import Finalize
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from apps.api_keys.models import ApiKey
from apps.api_keys.networks import network_around
from apps.api_keys.notices import Notice, notify
from apps.api_keys.usage_models import LONGEST_OPERATION, LONGEST_REASON, CallOutcome
from apps.api_keys.usage_store import Batch, Cell, NewNetwork, Place, Sighting, store
from apps.audit import clock

MOST_CELLS: Final = 10_000  # in memory at a time; what comes on top while the database is away is left out
LAST_FLUSH_TAKES_AT_MOST: Final = 5.0  # seconds, of a process that is about to end
_network_around = lru_cache(maxsize=4096)(network_around)

log = structlog.get_logger(__name__)


class Tally:
    """Counts in memory, with a bound on how many different ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batch = Batch()
        self._left_out = 0

    def add(self, cell: Cell, count: int = 1) -> None:
        """Count calls of one kind."""
        with self._lock:
            self._add(cell, count)

    def see(self, place: Place, seen: Sighting) -> None:
        """Note the use of a key from a network."""
        with self._lock:
            self._see(place, seen)

    def take(self) -> Batch:
        """Everything that was counted; from now on the tally begins anew."""
        with self._lock:
            taken, self._batch = self._batch, Batch()
            left_out, self._left_out = self._left_out, 0
        if left_out:
            log.warning("key_usage_left_out", calls=left_out)
        return taken

    def give_back(self, batch: Batch) -> None:
        """Keep counts that could not be written."""
        with self._lock:
            for cell, count in batch.counts.items():
                self._add(cell, count)
            for place, seen in batch.places.items():
                self._see(place, seen)

    def _add(self, cell: Cell, count: int) -> None:
        counts = self._batch.counts
        if cell in counts or len(counts) < MOST_CELLS:
            counts[cell] = counts.get(cell, 0) + count
        else:
            self._left_out += count

    def _see(self, place: Place, seen: Sighting) -> None:
        places = self._batch.places
        if before := places.get(place):
            latest = max(before, seen, key=lambda sighting: sighting.last_at)
            places[place] = Sighting(min(before.first_at, seen.first_at), latest.last_at, latest.address)
        elif len(places) < MOST_CELLS:
            places[place] = seen


class Flusher:
    """The thread that writes the tally of its process."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs or the settings leave flushing to others."""
        if self._thread is not None or not settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS:
            return
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._rounds, name="key-usage", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # no more threads to be had: the next call tries again
                    log.warning("key_usage_kept_for_later", error=str(error))
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
        while not self._stopping.wait(settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS):
            _flush_or_keep()
        _flush_or_keep()


_tally = Tally()
_flusher = Flusher()


def count(
    key_id: UUID, operation: str, outcome: CallOutcome, *, reason: str = "", works: bool = True, address: str = ""
) -> None:
    """Count a call with a key that is known here. Costs some microseconds and never touches the database.

    Args:
        key_id: which key.
        operation: the permission that the call needs, or the name of what needs none.
        outcome: what became of it.
        reason: of a refusal, in a few words of ours.
        works: whether the token proved the key; what is tried with others is no use of the key.
        address: of the client; empty where it is not known.
    """
    now = clock.now()
    _tally.add(Cell(key_id, hour_of(now), operation[:LONGEST_OPERATION], outcome, reason[:LONGEST_REASON]))
    if works and (network := _network_around(address)):
        _tally.see(Place(key_id, network), Sighting(now, now, address))
    _flusher.start()


def flush() -> list[NewNetwork]:
    """Write everything that this process has counted.

    Returns:
        The networks from which a key was used for the first time.

    Raises:
        django.db.Error: when the database is away; the counts are kept for the next time.
    """
    batch = _tally.take()
    if not batch:
        return []
    try:
        with transaction.atomic():
            new = store(batch)
            _tell_of(new)
    except BaseException:
        _tally.give_back(batch)
        raise
    for found in new:
        log.info(
            "api_key_used_from_new_network", key_id=str(found.key_id), network=found.network, address=found.address
        )
    return new


def _tell_of(new: list[NewNetwork]) -> None:
    """Mail those concerned; in the transaction that found the networks new, so exactly once among all processes."""
    keys = ApiKey.objects.select_related("account").in_bulk({found.key_id for found in new})
    for found in new:
        notify(keys[found.key_id], Notice.NEW_NETWORK, network=found.network, address=found.address)


def forget() -> None:
    """Throw away what this process has counted and not yet written."""
    _tally.take()


def hour_of(moment: datetime) -> datetime:
    """When the hour of this moment began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _flush_or_keep() -> None:
    """Flush; when that fails, keep the counts and go on: the thread must outlive any trouble of the database."""
    try:
        flush()
    except Exception as error:
        log.warning("key_usage_kept_for_later", error=str(error).strip())
    finally:
        connection.close()


def _begin_anew() -> None:
    """In a child process: the counts are the parent's to write, and its thread and locks did not come along."""
    global _tally, _flusher
    _tally, _flusher = Tally(), Flusher()


os.register_at_fork(after_in_child=_begin_anew)
