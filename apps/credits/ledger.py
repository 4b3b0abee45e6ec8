"""Taking credits for a piece of work, and settling that: charged or refunded, once and never both.

These are parts of other operations, which authorise: each works inside its caller's transaction (or in its own,
where there is none), so that the work's row and the ledger change together or not at all. Each writes its entry and
its audit event. Locks are taken in one order everywhere: the work's row, its reservation, the balance, its grants,
the end of the account's log. So change the work's rows first, call one of these once, and record events of your own
after it.

Who is first is decided by the database: a reserve by one conditional update of the balance, a settlement by one of
the reservation. Both hold under any number of requests at once.
"""

from typing import Final
from uuid import UUID

from django.db import IntegrityError, models, transaction

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Changes, Source, Target, record
from apps.credits.models import (
    Balance,
    Draw,
    EntryKind,
    Grant,
    LedgerEntry,
    Reservation,
    ReservationState,
)
from apps.permissions.actor import Actor, system
from apps.permissions.refusals import Conflict, NotFound

WORKER: Final = Source("worker")
WRONG_RESULT: Final = "The result was reported as wrong"


class BalanceSpent(Conflict):
    """The account has fewer credits than the work costs."""


class AlreadyReserved(Conflict):
    """This work has its reservation already."""


class AlreadySettled(Conflict):
    """The reservation was charged or refunded already, or is not charged where that is needed."""


class NoSuchReservation(NotFound):
    """Nothing was reserved for this work, or the actor may not know of it."""


@transaction.atomic
def reserve(actor: Actor, *, amount: int, reference: UUID, label: str = "") -> None:
    """Take the price of a piece of work from the account's balance, the credits that expire first first.

    Args:
        actor: for whom the work is done; its account pays.
        amount: the price in credits, 0 or more.
        reference: the id of the work.
        label: what the work is, as the log and the history name it.

    Raises:
        BalanceSpent: when the account has fewer credits; nothing was taken.
        AlreadyReserved: when there is a reservation for this work.
    """
    if amount < 0:
        raise ValueError("A price is 0 credits or more.")
    account_id = actor.own_account_id
    lock_balance(account_id)
    take_back_expired(account_id)
    enough = Balance.objects.filter(account_id=account_id, available__gte=amount)
    if not enough.update(available=models.F("available") - amount):
        raise BalanceSpent(
            f"This costs {amount} {_credits(amount)}, and the account has fewer. Ask an owner to grant some."
        )
    reservation = _new_reservation(actor, amount, reference, label)
    _draw(reservation)
    _enter(actor, EntryKind.RESERVE, -amount, reservation)


@transaction.atomic
def charge(reference: UUID, *, source: Source = WORKER) -> None:
    """Settle a reservation: the work is done, its price is spent.

    Args:
        reference: the id of the work.
        source: where the product settles it.

    Raises:
        NoSuchReservation: when nothing was reserved for it.
        AlreadySettled: when it was charged or refunded already; nothing was done.
    """
    reservation = _settle(reference, ReservationState.CHARGED)
    lock_balance(reservation.account_id)
    _enter(system(source, reservation.account_id), EntryKind.CHARGE, 0, reservation)


@transaction.atomic
def refund(reference: UUID, *, reason: str, source: Source = WORKER) -> None:
    """Settle a reservation: the work came to nothing, its price goes back to where it came from.

    Credits whose grant has expired meanwhile come back, and are taken back as expired.

    Args:
        reference: the id of the work.
        reason: why, for a reader of the history.
        source: where the product settles it.

    Raises:
        NoSuchReservation: when nothing was reserved for it.
        AlreadySettled: when it was charged or refunded already; nothing was done.
    """
    reservation = _settle(reference, ReservationState.REFUNDED)
    _give_back(system(source, reservation.account_id), reservation, reason)


@transaction.atomic
def refund_reported(actor: Actor, *, reference: UUID) -> None:
    """Give the price of finished work back, once, because its result was reported as wrong.

    Args:
        actor: who reports it.
        reference: the id of the work.

    Raises:
        NoSuchReservation: when the actor's account paid for no such work.
        AlreadySettled: when it is not charged, or was given back already; nothing was done.
    """
    charged = Reservation.objects.of_account(actor.own_account_id).filter(
        reference=reference, state=ReservationState.CHARGED
    )
    if not charged.update(state=ReservationState.REPORTED, reported_at=clock.now()):
        raise _not_to_settle(Reservation.objects.of_account(actor.own_account_id).filter(reference=reference).first())
    _give_back(actor, Reservation.objects.get(reference=reference), WRONG_RESULT)


def lock_balance(account_id: UUID) -> None:
    """Keep everybody else from the account's credits until the transaction ends; the row is made where it is not."""
    locked = Balance.objects.select_for_update().filter(account_id=account_id)
    if locked.first() is None:
        Balance.objects.bulk_create([Balance(account_id=account_id)], ignore_conflicts=True)
        locked.get()


def take_back_expired(account_id: UUID, *, source: Source = WORKER) -> int:
    """Take what is left of the account's expired grants; beneath `lock_balance`.

    Returns:
        How many credits.
    """
    taken = 0
    for grant in Grant.objects.filter(account_id=account_id).expired(clock.now()).first_to_expire():
        left, grant.remaining = grant.remaining, 0
        grant.save(update_fields=["remaining"])
        Balance.objects.filter(account_id=account_id).update(available=models.F("available") - left)
        enter_about_grant(system(source, account_id), EntryKind.EXPIRE, -left, grant, reason="The credits have expired")
        taken += left
    return taken


def enter_about_grant(actor: Actor, kind: EntryKind, amount: int, grant: Grant, *, reason: str) -> None:
    """Write the entry of a grant or its expiry, and its event; the balance was changed already."""
    entry = LedgerEntry(account_id=grant.account_id, kind=kind, amount=amount, grant=grant, reason=reason)
    _write(actor, entry, Target("grant", str(grant.pk), f"{grant.amount} {_credits(grant.amount)}"))


def _new_reservation(actor: Actor, amount: int, reference: UUID, label: str) -> Reservation:
    reservation = Reservation(
        reference=reference,
        label=label,
        account_id=actor.own_account_id,
        amount=amount,
        actor_kind=actor.kind,
        actor_id=actor.id,
        reserved_at=clock.now(),
    )
    try:
        with transaction.atomic():
            reservation.save(force_insert=True)
    except IntegrityError:
        raise AlreadyReserved("Credits were reserved for this work already.") from None
    return reservation


def _draw(reservation: Reservation) -> None:
    """Take the reservation from the account's grants; beneath its lock, so that none of them changes meanwhile."""
    wanted = reservation.amount
    for grant in Grant.objects.filter(account_id=reservation.account_id).unspent().first_to_expire():
        if not wanted:
            return
        part = min(wanted, grant.remaining)
        Grant.objects.filter(pk=grant.pk).update(remaining=models.F("remaining") - part)
        Draw.objects.create(reservation=reservation, grant=grant, amount=part)
        wanted -= part
    if wanted:
        raise RuntimeError("The account's grants hold less than its balance. Run manage.py check_credits.")


def _settle(reference: UUID, state: ReservationState) -> Reservation:
    held = Reservation.objects.held().filter(reference=reference)
    if not held.update(state=state, settled_at=clock.now()):
        raise _not_to_settle(Reservation.objects.filter(reference=reference).first())
    return Reservation.objects.get(reference=reference)


def _not_to_settle(reservation: Reservation | None) -> NoSuchReservation | AlreadySettled:
    if reservation is None:
        return NoSuchReservation("Nothing was reserved for this work.")
    return AlreadySettled(f"The credits for this work are {reservation.state}, so nothing was done.")


def _give_back(actor: Actor, reservation: Reservation, reason: str) -> None:
    """Put the price back into the grants that it came from. Reservation, balance, grants: locked in this order."""
    lock_balance(reservation.account_id)
    Balance.objects.filter(account_id=reservation.account_id).update(
        available=models.F("available") + reservation.amount
    )
    for draw in reservation.draws.all():
        Grant.objects.filter(pk=draw.grant_id).update(remaining=models.F("remaining") + draw.amount)
    _enter(actor, EntryKind.REFUND, reservation.amount, reservation, reason=reason)
    take_back_expired(reservation.account_id, source=actor.source)


def _enter(actor: Actor, kind: EntryKind, amount: int, reservation: Reservation, *, reason: str = "") -> None:
    """Write the entry of a piece of work, and its event; balance and reservation were changed already."""
    reference = reservation.reference
    entry = LedgerEntry(
        account_id=reservation.account_id, kind=kind, amount=amount, reference=reference, reason=reason[:200]
    )
    _write(actor, entry, Target("work", str(reference), reservation.title), {"price": (None, reservation.amount)})


_ACTIONS: Final = {
    EntryKind.GRANT: Action.CREDITS_GRANTED,
    EntryKind.RESERVE: Action.CREDITS_RESERVED,
    EntryKind.CHARGE: Action.CREDITS_CHARGED,
    EntryKind.REFUND: Action.CREDITS_REFUNDED,
    EntryKind.EXPIRE: Action.CREDITS_EXPIRED,
}


def _write(actor: Actor, entry: LedgerEntry, target: Target, changes: Changes | None = None) -> None:
    """Add the entry, with what the account has after it, and its event; beneath `lock_balance`."""
    available = Balance.objects.values_list("available", flat=True).get(account_id=entry.account_id)
    entry.available, entry.actor_label, entry.at = available, actor.label[:320], clock.now()
    entry.save(force_insert=True)
    moved = {"available": (available - entry.amount, available)} if entry.amount else {}
    action = _ACTIONS[EntryKind(entry.kind)]
    record(actor, action, target, changes={**(changes or {}), **moved}, account_id=entry.account_id)


def _credits(amount: int) -> str:
    return "credit" if amount == 1 else "credits"
