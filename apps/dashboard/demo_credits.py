"""The credits of the demo: an owner grants some, and a key spends them on reading text, more on weekdays."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.audit import clock
from apps.audit.record import Source
from apps.credits import ledger
from apps.credits.operations import expire_all_credits, grant_credits
from apps.permissions.actor import Actor

Chapter = tuple[datetime, Callable[[], object]]
Who = Callable[[], Actor]

PRICE_THEN: Final = 1
"""What a task cost in the story, whatever it costs on this server."""
_WEEKDAYS: Final = range(5)
_A_TASK_TAKES: Final = timedelta(seconds=2)


def credit_chapters(started_at: datetime, owner: Who, worker: Who, chance: random.Random) -> Iterator[Chapter]:
    """What happens to the credits, in no order.

    Args:
        started_at: when the story began.
        owner: gives the owner's actor at the time.
        worker: gives the actor of the key that has texts read, at the time.
        chance: the story's.
    """
    yield started_at + _days(2), lambda: grant_credits(owner(), amount=200, reason="Opening balance")
    trial_ends = started_at + _days(17)
    yield started_at + _days(3), lambda: grant_credits(owner(), amount=60, reason="Trial month", expires_at=trial_ends)
    yield started_at + _days(17.01), lambda: expire_all_credits(Source("worker"))
    count_ends = clock.now() + timedelta(days=12)
    yield (
        started_at + _days(26),
        lambda: grant_credits(owner(), amount=100, reason="Stock count", expires_at=count_ends),
    )
    for number in range(4, 31):
        moment = started_at + _days(number)
        busy = 3 if moment.weekday() in _WEEKDAYS else 1
        for _ in range(chance.randint(busy - 1, busy)):
            at = moment + timedelta(hours=chance.uniform(-1, 7))
            if at < clock.now() - timedelta(hours=3):
                yield from _task(at, worker, UUID(int=chance.getrandbits(128), version=4), chance.random())


def _days(number: float) -> timedelta:
    """So many days, and nine hours more."""
    return timedelta(days=number, hours=9)


def _task(at: datetime, worker: Who, reference: UUID, luck: float) -> Iterator[Chapter]:
    """One task: reserved, and then charged, refunded, or charged and reported as wrong."""
    label = f"Reading text, {reference.hex[:10]}"
    yield at, lambda: ledger.reserve(worker(), amount=PRICE_THEN, reference=reference, label=label)
    if luck < 0.12:
        yield at + _A_TASK_TAKES, lambda: ledger.refund(reference, reason="No text was found in the image")
        return
    yield at + _A_TASK_TAKES, lambda: ledger.charge(reference)
    if luck > 0.95:
        yield at + timedelta(minutes=4), lambda: ledger.refund_reported(worker(), reference=reference)
