"""Many processes add to the same hour of the same key at once: no call is lost, none counts twice, none blocks."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, Sum

from apps.api_keys.models import ApiKey
from apps.api_keys.usage import hour_of
from apps.api_keys.usage_models import CallOutcome, KeyNetwork, KeyUsage
from apps.api_keys.usage_store import Batch, Cell, NewNetwork, Place, Sighting, store
from apps.audit import clock
from tests.people import MakeKey, Person
from tests.races.together import THREADS, failures, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
KEYS = 3
OPERATIONS = ("getSites", "createSite", "whoami")
NETWORKS = ("203.0.113.0/24", "198.51.100.0/24", "2001:db8:4::/48")


def batch_of(keys: list[ApiKey], order: random.Random) -> Batch:
    """One call of each kind and key, in an order of its own, as each process has counted them."""
    now = clock.now()
    cells = [
        Cell(key.pk, hour_of(now) - timedelta(hours=hours), operation, CallOutcome.DONE, "")
        for key in keys
        for operation in OPERATIONS
        for hours in (0, 1)
    ]
    places = [Place(key.pk, network) for key in keys for network in NETWORKS]
    order.shuffle(cells)
    order.shuffle(places)
    return Batch(dict.fromkeys(cells, 1), dict.fromkeys(places, Sighting(now, now, "203.0.113.7")))


def flushing(keys: list[ApiKey], seed: int) -> Callable[[], list[NewNetwork]]:
    """What one process does: it stores batch after batch."""

    def flush() -> list[NewNetwork]:
        order = random.Random(seed)
        new: list[NewNetwork] = []
        for _ in range(ROUNDS):
            with transaction.atomic():
                found = store(batch_of(keys, order))
            new += found
        return new

    return flush


def test_no_call_is_lost_and_each_network_is_new_to_one_process_alone(alice: Person, make_key: MakeKey) -> None:
    for _ in range(KEYS):
        make_key(alice)
    keys = list(ApiKey.objects.all())

    results = together([flushing(keys, seed) for seed in range(THREADS)])

    assert failures(results) == []
    assert KeyUsage.objects.count() == KEYS * len(OPERATIONS) * 2
    assert set(KeyUsage.objects.values_list("count", flat=True)) == {THREADS * ROUNDS}
    new = [place for found in results if not isinstance(found, Exception) for place in found]
    assert sorted((found.key_id, found.network) for found in new) == sorted(
        (key.pk, network) for key in keys for network in NETWORKS
    )
    assert KeyNetwork.objects.count() == KEYS * len(NETWORKS)


def test_reading_the_count_and_writing_it_back_would_lose_calls(alice: Person, make_key: MakeKey) -> None:
    """So the test above would notice."""
    make_key(alice)
    key = ApiKey.objects.get()
    cell = {"key": key, "hour": hour_of(clock.now()), "operation": "x", "outcome": "done", "reason": ""}
    KeyUsage.objects.create(**cell, count=0)

    def naive() -> None:
        for _ in range(ROUNDS):
            row = KeyUsage.objects.get(**cell)
            KeyUsage.objects.filter(pk=row.pk).update(count=row.count + 1)

    together([naive] * THREADS)
    assert KeyUsage.objects.aggregate(calls=Sum(F("count")))["calls"] < THREADS * ROUNDS
