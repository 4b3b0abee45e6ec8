"""Adding counts to those that the database has, exactly, however many processes add to the same row at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from apps.api_keys.models import ApiKey
from apps.api_keys.usage_models import CallOutcome, KeyNetwork, KeyUsage
from apps.counting.upsert import LEFT_ALONE, insert

_COUNT: Final = ("key", "hour", "operation", "outcome", "reason", "count")
_CELL: Final = _COUNT[:-1]
_ADDED: Final = "DO UPDATE SET count = {table}.count + excluded.count"

_SIGHTING: Final = ("key", "network", "first_seen_at", "last_seen_at", "last_address")
_PLACE: Final = _SIGHTING[:2]
_SEEN_LATER: Final = (
    "DO UPDATE SET last_seen_at = excluded.last_seen_at, last_address = excluded.last_address"
    " WHERE {table}.last_seen_at < excluded.last_seen_at"
)


class Cell(NamedTuple):
    """What is counted together."""

    key_id: UUID
    hour: datetime
    operation: str
    outcome: CallOutcome
    reason: str


class Place(NamedTuple):
    """A key in a network."""

    key_id: UUID
    network: str


class Sighting(NamedTuple):
    """When a key was used from a network, and from which address there the last time."""

    first_at: datetime
    last_at: datetime
    address: str


class NewNetwork(NamedTuple):
    """A key was used from a network for the first time."""

    key_id: UUID
    network: str
    address: str
    at: datetime


@dataclass(slots=True)
class Batch:
    """Counts on their way to the database."""

    counts: dict[Cell, int] = field(default_factory=dict)
    places: dict[Place, Sighting] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.counts or self.places)


def store(batch: Batch) -> list[NewNetwork]:
    """Add a batch to what is there; the caller opens the transaction, so that it is all of it or nothing.

    Rows are written in one order by everybody, so that no two processes wait for each other.

    Returns:
        The networks that no other process, and none before, has seen with their key: each is returned once in all.

    Raises:
        django.db.Error: when the database is away; nothing was added then.
    """
    keys = {cell.key_id for cell in batch.counts} | {place.key_id for place in batch.places}
    known = set(ApiKey.objects.filter(pk__in=keys).values_list("pk", flat=True))  # an account may be gone by now
    counts = [(*cell, count) for cell, count in sorted(batch.counts.items()) if cell.key_id in known]
    insert(KeyUsage, _COUNT, counts, unique=_CELL, conflict=_ADDED)
    return _note({place: seen for place, seen in batch.places.items() if place.key_id in known})


def _note(places: Mapping[Place, Sighting]) -> list[NewNetwork]:
    rows = KeyNetwork.objects.filter(key_id__in={place.key_id for place in places})
    there = set(rows.filter(network__in={place.network for place in places}).values_list("key_id", "network"))
    new, old = [], []
    for place, seen in sorted(places.items()):
        row = (*place, *seen)
        is_first = place not in there and insert(KeyNetwork, _SIGHTING, [row], unique=_PLACE, conflict=LEFT_ALONE)
        if is_first:
            new.append(NewNetwork(*place, seen.address, seen.first_at))
        else:
            old.append(row)
    insert(KeyNetwork, _SIGHTING, old, unique=_PLACE, conflict=_SEEN_LATER)
    return new
