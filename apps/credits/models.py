"""Credits: what an account can spend, what it spends them on, and the ledger that says why.

Every entry of the ledger has an amount, and the sum of an account's entries is what it has available. A reserve
takes the price (−price); a charge settles it and moves nothing more (0); a refund gives the price back (+price).
"""

from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models.functions import Cast, Coalesce, Substr

from apps.accounts.models import Account
from apps.permissions.actor import Actor, ActorKind


def title_of_work(label: str | None, reference: UUID | None) -> str:
    """What a piece of work is called: its label, or where nobody gave one, the beginning of its id."""
    return label or f"Work {str(reference)[:8]}"


class EntryKind(models.TextChoices):
    """What an entry of the ledger says."""

    GRANT = "grant", "Grant"
    RESERVE = "reserve", "Reserve"
    CHARGE = "charge", "Charge"
    REFUND = "refund", "Refund"
    EXPIRE = "expire", "Expire"


class ReservationState(models.TextChoices):
    """What became of a reservation. It leaves `RESERVED` once; a charged one that was wrong is refunded once."""

    RESERVED = "reserved", "Reserved"
    CHARGED = "charged", "Charged"
    REFUNDED = "refunded", "Refunded"
    REPORTED = "reported", "Charged, then refunded because the result was reported as wrong"


class Balance(models.Model):
    """What an account can spend; the row that everybody who spends its credits queues for.

    Attributes:
        available: whole credits, the sum of the account's ledger; the database refuses less than none.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="balance")
    available = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(available__gte=0), name="credits_never_below_none")]

    def __str__(self) -> str:
        return f"{self.available} credits"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Reading grants."""

    def unspent(self) -> Self:
        """Grants of which something is left."""
        return self.filter(remaining__gt=0)

    def expired(self, moment: datetime) -> Self:
        """Grants that have expired at `moment`, and of which something is left to take back."""
        return self.unspent().filter(expires_at__lte=moment)

    def first_to_expire(self) -> Self:
        """In the order in which they are spent: what never expires comes last, then the oldest first."""
        return self.order_by(models.F("expires_at").asc(nulls_last=True), "granted_at", "pk")

    def left(self) -> int:
        """How many credits are left of them together."""
        return int(self.aggregate(left=Coalesce(models.Sum("remaining"), 0))["left"])


class Grant(models.Model):
    """Credits that were given, and how many of them are neither spent nor reserved nor expired.

    Attributes:
        remaining: in credits; the grants' sum is the account's balance.
        expires_at: when what remains is taken back; `None` for never.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    amount = models.PositiveIntegerField()
    remaining = models.PositiveIntegerField()
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="grant_gives_something"),
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0, remaining__lte=models.F("amount")), name="grant_remaining_of_it"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"], condition=models.Q(remaining__gt=0), name="grant_unspent_first"
            ),
            models.Index(fields=["expires_at"], condition=models.Q(remaining__gt=0), name="grant_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.amount} credits"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Reading reservations."""

    def of_account(self, account_id: UUID) -> Self:
        """Those of one account."""
        return self.filter(account_id=account_id)

    def held(self) -> Self:
        """Those that are neither charged nor refunded yet."""
        return self.filter(state=ReservationState.RESERVED)

    def settled_by_day(self, since: datetime) -> "models.QuerySet[Reservation, tuple[str, str, int]]":
        """Since a moment: the day in UTC on which they were settled, what became of them, and the credits together.

        The day is the beginning of how both databases write a time in UTC, such as `2026-11-21`. `TruncDay` would
        call Python for each row on SQLite.
        """
        day = Substr(Cast("settled_at", models.CharField()), 1, 10)
        settled = self.filter(settled_at__gte=since).annotate(day=day).values("day", "state").order_by("day", "state")
        return settled.annotate(credits=models.Sum("amount")).values_list("day", "state", "credits")

    def total(self) -> int:
        """How many credits they are together."""
        return int(self.aggregate(total=Coalesce(models.Sum("amount"), 0))["total"])


class Reservation(models.Model):
    """The price of one piece of work, and what became of it: the row that decides between charge and refund.

    Attributes:
        reference: the id of the work.
        label: what the work is, for a reader; empty where nobody said.
        amount: its price in credits; 0 where tasks are free.
        actor_kind: for whom the work is done, as the audit log names them.
        actor_id: their id among their kind.
        settled_at: when it was charged or refunded.
        reported_at: when a charged one was given back.
    """

    reference = models.UUIDField(primary_key=True)
    label = models.CharField(max_length=100, blank=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reservations")
    amount = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=ReservationState.choices, default=ReservationState.RESERVED)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    reserved_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="reserved", settled_at=None)
                | (~models.Q(state="reserved") & models.Q(settled_at__isnull=False)),
                name="reservation_settled_or_not",
            )
        ]
        indexes = [
            models.Index(fields=["account"], condition=models.Q(state="reserved"), name="reservation_held"),
            models.Index(fields=["account", "settled_at"], name="reservation_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} credits for {self.reference}"

    @property
    def title(self) -> str:
        """What the work is called."""
        return title_of_work(self.label, self.reference)


class Draw(models.Model):
    """How much of a reservation came from which grant, so that a refund goes back there."""

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="draws")
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="draws")
    amount = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reservation", "grant"], name="draw_once_a_grant")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.grant_id}"


class AppendOnlyError(Exception):
    """Somebody tried to change or remove what the ledger says."""


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    """Reading the ledger. Entries are added, and never changed."""

    def visible_to(self, actor: Actor) -> Self:
        """The entries that the actor may know of: its account's; of a limited key, those of its own work."""
        entries = self.filter(account_id=actor.own_account_id)
        if actor.reaches_all_sites:
            return entries
        own = Reservation.objects.of_account(actor.own_account_id).filter(actor_kind=ActorKind.KEY, actor_id=actor.id)
        return entries.filter(reference__in=own.values("reference"))

    def of_kind(self, kind: str) -> Self:
        """The entries of one kind; an empty one stands for all."""
        return self.filter(kind=kind) if kind else self

    def of_work(self, reference: UUID | None) -> Self:
        """The entries of one piece of work; `None` stands for all."""
        return self.filter(reference=reference) if reference else self

    def with_work(self) -> Self:
        """With `work`: what the work is that an entry is for; `None` or empty where nobody said."""
        work = Reservation.objects.filter(reference=models.OuterRef("reference"))
        return self.annotate(work=models.Subquery(work.values("label")))

    def with_price(self) -> Self:
        """With `price`: of the work that an entry is for, in credits; `None` where it is for none."""
        work = Reservation.objects.filter(reference=models.OuterRef("reference"))
        return self.annotate(price=models.Subquery(work.values("amount")))

    def update(self, **kwargs: Any) -> int:
        """Refused: entries are never changed.

        Raises:
            AppendOnlyError: always.
        """
        raise AppendOnlyError("Ledger entries are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused: entries are never removed.

        Raises:
            AppendOnlyError: always.
        """
        raise AppendOnlyError("Ledger entries are never removed.")


class LedgerEntry(models.Model):
    """One thing that happened to an account's credits. Rows are only ever added.

    Attributes:
        amount: what it adds to the balance, in credits: negative for a reserve and an expiry, 0 for a charge.
        available: what the account had after it, in credits: the sum of the entries up to this one.
        reference: the work that it is for, where it is for any.
        grant: the credits that were given or have expired, where it is about those.
        actor_label: who did it, by the name that they had.
        reason: why, for a reader.
        price: of the work, in credits; of `with_price` alone.
        work: what the work is, for a reader; of `with_work` alone.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="ledger_entries")
    kind = models.CharField(max_length=7, choices=EntryKind.choices)
    amount = models.BigIntegerField()
    available = models.BigIntegerField()
    reference = models.UUIDField(null=True, blank=True)
    grant = models.ForeignKey(Grant, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    actor_label = models.CharField(max_length=320)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    objects = LedgerEntryQuerySet.as_manager()

    price: int | None
    work: str | None

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "kind"], name="ledger_entry_once_a_kind"),
            models.CheckConstraint(
                condition=models.Q(kind="grant", amount__gt=0)
                | models.Q(kind="reserve", amount__lte=0)
                | models.Q(kind="charge", amount=0)
                | models.Q(kind="refund", amount__gte=0)
                | models.Q(kind="expire", amount__lt=0),
                name="ledger_entry_sign_of_its_kind",
            ),
            models.CheckConstraint(condition=models.Q(available__gte=0), name="ledger_never_below_none"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="ledger_newest"),
            models.Index(fields=["account", "kind", "-id"], name="ledger_newest_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount:+}"

    @property
    def work_title(self) -> str:
        """What the work is called that it is for; of `with_work` alone."""
        return title_of_work(self.work, self.reference)

    @property
    def size(self) -> int:
        """How many credits it moves, whichever way."""
        return abs(self.amount)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry.

        Raises:
            AppendOnlyError: for one that is there already.
        """
        if not self._state.adding:
            raise AppendOnlyError("Ledger entries are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused: entries are never removed.

        Raises:
            AppendOnlyError: always.
        """
        raise AppendOnlyError("Ledger entries are never removed.")
