"""Counting what keys are used for, beside their calls: a call adds to a tally in memory, and nothing else.

A thread of each process writes its tally every few seconds, and once more when the process ends. A process that is
killed loses what it counted since the last time; one whose database is away keeps counting and writes it later.
"""

import os
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from apps.api_keys.models import ApiKey
from apps.api_keys.networks import network_around
from apps.api_keys.notices import Notice, notify
from apps.api_keys.usage_models import LONGEST_OPERATION, LONGEST_REASON, CallOutcome
from apps.api_keys.usage_store import Batch, Cell, NewNetwork, Place, Sighting, store
from apps.audit import clock
from apps.counting.flushing import Flusher
from apps.counting.tally import Tally

MOST_CELLS: Final = 10_000  # in memory at a time; what comes on top while the database is away is left out
_network_around = lru_cache(maxsize=4096)(network_around)

log = structlog.get_logger(__name__)


class UsageTally(Tally[Batch]):
    """Counts in memory, with a bound on how many different ones."""

    def new_batch(self) -> Batch:
        """Without any count."""
        return Batch()

    def add(self, cell: Cell, count: int = 1) -> None:
        """Count calls of one kind."""
        with self._lock:
            self._add(cell, count)

    def see(self, place: Place, seen: Sighting) -> None:
        """Note the use of a key from a network."""
        with self._lock:
            self._see(place, seen)

    def merge(self, batch: Batch) -> None:
        """Keep counts that could not be written."""
        for cell, count in batch.counts.items():
            self._add(cell, count)
        for place, seen in batch.places.items():
            self._see(place, seen)

    def tell_left_out(self, notes: int) -> None:
        """Say how many calls were not counted."""
        log.warning("key_usage_left_out", calls=notes)

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
    with _tally.taken() as batch:
        if not batch:
            return []
        with transaction.atomic():
            new = store(batch)
            _tell_of(new)
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


def _new_flusher() -> Flusher:
    return Flusher("key_usage", flush=lambda: flush(), every=lambda: settings.KEY_USAGE_IS_FLUSHED_EVERY_SECONDS)


def _begin_anew() -> None:
    """In a child process: the counts are the parent's to write, and its thread and locks did not come along."""
    global _tally, _flusher
    _tally, _flusher = UsageTally(), _new_flusher()


_tally = UsageTally()
_flusher = _new_flusher()
os.register_at_fork(after_in_child=_begin_anew)
