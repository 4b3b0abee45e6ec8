"""What people, keys and the product do with credits: read the balance and its history, grant, expire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import models

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Source
from apps.credits import ledger
from apps.credits.models import Balance, EntryKind, Grant, LedgerEntry, LedgerEntryQuerySet, Reservation
from apps.permissions.actor import Actor, ActorKind, system
from apps.permissions.naming import clean_name
from apps.permissions.operation import SYSTEM_ONLY, operation, reading
from apps.permissions.refusals import Forbidden, Invalid
from apps.permissions.roles import Role

AMOUNTS: Final = range(1, 1_000_001)
"""How many credits may be granted at once."""
WRONG_AMOUNT: Final = f"Grant a whole number of credits, {AMOUNTS[0]} to {AMOUNTS[-1]:,} at once."
LONGEST_REASON: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class CreditsNow:
    """What an account has at this moment, in credits.

    Attributes:
        available: what it can spend.
        reserved: what is held for work that has not ended.
    """

    available: int
    reserved: int


@reading("getBalance")
def get_balance(actor: Actor) -> CreditsNow:
    """What the actor's account can spend, and what is held for work. Expired credits count no more, taken back or not.

    A key that is limited to sites or an organization may ask too: its tasks are paid from the same balance, and two
    numbers say nothing of any site.

    Raises:
        Forbidden: without `getBalance`.
    """
    account_id = actor.own_account_id
    balance = Balance.objects.filter(account_id=account_id).first()
    expired = Grant.objects.filter(account_id=account_id).expired(clock.now()).left()
    reserved = Reservation.objects.of_account(account_id).held().total()
    return CreditsNow(max(balance.available - expired, 0) if balance else 0, reserved)


@reading("getBalance")
def list_entries(actor: Actor, *, kind: str = "", work: UUID | None = None) -> LedgerEntryQuerySet:
    """The account's ledger, to be paged by the caller; a limited key sees the entries of its own work alone.

    Args:
        actor: who asks.
        kind: an `EntryKind`; empty for all.
        work: the id of a piece of work, for the entries of that alone.

    Raises:
        Forbidden: without `getBalance`.
    """
    return LedgerEntry.objects.visible_to(actor).of_kind(kind).of_work(work).with_price()


@operation("grantCredits", Action.CREDITS_GRANTED)
def grant_credits(actor: Actor, *, amount: int, reason: str, expires_at: datetime | None = None) -> Grant:
    """Give credits to the actor's account.

    Args:
        actor: an owner, or the product itself.
        amount: how many, 1 to 1,000,000.
        reason: why, for a reader of the history; 1 to 200 characters.
        expires_at: when what is left of them is taken back; `None` for never.

    Raises:
        Invalid: for an amount or a reason that cannot be used, and an end that is past.
        Forbidden: without `grantCredits`, or by somebody who is no owner.
    """
    require_owner(actor)
    now = clock.now()
    if amount not in AMOUNTS:
        raise Invalid({"amount": WRONG_AMOUNT})
    why = clean_name(reason, field="reason", longest=LONGEST_REASON)
    if expires_at is not None and expires_at <= now:
        raise Invalid({"expires_at": "The credits would have expired already. Choose a later time, or none."})
    account_id = actor.own_account_id
    ledger.lock_balance(account_id)
    Balance.objects.filter(account_id=account_id).update(available=models.F("available") + amount)
    grant = Grant.objects.create(
        account_id=account_id, amount=amount, remaining=amount, granted_at=now, expires_at=expires_at
    )
    ledger.enter_about_grant(actor, EntryKind.GRANT, amount, grant, reason=why)
    return grant


def require_owner(actor: Actor) -> None:
    """Refuse everybody but an owner: credits stand for what the owners pay for.

    Raises:
        Forbidden: for an admin, and for a key that an admin made.
    """
    if actor.kind is not ActorKind.SYSTEM and actor.role is not Role.OWNER:
        raise Forbidden("Only an owner may grant credits. Ask one of them.", permission="grantCredits")


@operation(SYSTEM_ONLY, Action.CREDITS_EXPIRED)
def expire_credits(actor: Actor) -> int:
    """Take back what is left of an account's expired grants; what is reserved stays with its work.

    Args:
        actor: the product itself, in the account.

    Returns:
        How many credits.
    """
    ledger.lock_balance(actor.own_account_id)
    return ledger.take_back_expired(actor.own_account_id, source=actor.source)


def expire_all_credits(source: Source) -> int:
    """Take back the expired credits of every account, each in a transaction of its own.

    Args:
        source: `worker` or `command line`.

    Returns:
        How many credits.
    """
    accounts = Grant.objects.expired(clock.now()).order_by("account_id").values_list("account_id", flat=True)
    return sum(expire_credits(system(source, account_id)) for account_id in list(accounts.distinct()))
