"""Reading what credits were spent on: by day, and what is left of grants that end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from apps.audit import clock
from apps.credits.models import Grant, Reservation, ReservationState
from apps.listing.chart import Bar
from apps.permissions.actor import Actor
from apps.permissions.operation import reading

DAYS_SHOWN: Final = 30  # today is one of them
_GIVEN_BACK: Final = {ReservationState.REFUNDED, ReservationState.REPORTED}


@dataclass(frozen=True, slots=True)
class CreditsReport:
    """Where an account's credits went, and what becomes of the rest.

    Attributes:
        price: of a task that reads text, in credits; 0 where they are free.
        first_to_expire: the grant that ends next, of which something is left; `None` when nothing ends.
        days: the credits spent and given back on each of 30 days, oldest first, none left out.
        was_granted: whether the account was ever given any.
    """

    price: int
    first_to_expire: Grant | None
    days: list[Bar]
    was_granted: bool

    @property
    def spent(self) -> int:
        """How many credits were spent in the time of `days`, and not given back."""
        return sum(day.counts[0] for day in self.days)

    @property
    def given_back(self) -> int:
        """How many credits came back in the time of `days`."""
        return sum(day.counts[1] for day in self.days)


@reading("getBalance")
def get_credits_report(actor: Actor) -> CreditsReport:
    """What the actor's account spent. Costs the same queries however much that was.

    Raises:
        Forbidden: without `getBalance`.
    """
    now, account_id = clock.now(), actor.own_account_id
    grants = Grant.objects.filter(account_id=account_id)
    first_day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS_SHOWN - 1)
    settled = Reservation.objects.of_account(account_id).settled_by_day(first_day)
    return CreditsReport(
        price=settings.OCR_PRICE,
        first_to_expire=grants.unspent().filter(expires_at__gt=now).first_to_expire().first(),
        days=_by_day(settled, first_day),
        was_granted=grants.exists(),
    )


def _by_day(settled: Iterable[tuple[str, str, int]], first_day: datetime) -> list[Bar]:
    spent: dict[str, int] = defaultdict(int)
    back: dict[str, int] = defaultdict(int)
    for day, state, credits in settled:
        (back if state in _GIVEN_BACK else spent)[day] += credits
    days = [first_day + timedelta(days=number) for number in range(DAYS_SHOWN)]
    return [Bar(day, [spent[f"{day:%Y-%m-%d}"], back[f"{day:%Y-%m-%d}"]]) for day in days]
