"""The challenges that were issued: how many an address has open, and how often each solution was spent.

A row is written when a challenge is issued and goes when it has expired. Both facts are exact across processes and
machines, because each is one statement of the database.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import connection, models

from apps.sites.models import Site

OPEN_FOR: Final = timedelta(seconds=60)
"""How long a challenge that was not spent counts as open: whoever left the page holds nobody up for longer."""

KEPT_LONGER: Final = timedelta(hours=1)
"""How long a row outlives its challenge, so that a clock that is wrong by less spends nothing twice."""


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    """Reading challenges."""

    def open_of(self, site_id: int, address_digest: bytes, moment: datetime) -> Self:
        """The challenges that an address was given for a site recently, and that were not spent yet."""
        recent = self.filter(site_id=site_id, address_digest=address_digest, issued_at__gt=moment - OPEN_FOR)
        return recent.filter(times=0)

    def expired(self, moment: datetime) -> Self:
        """Those whose solutions nobody accepts any more."""
        return self.filter(expires_at__lt=moment - KEPT_LONGER)


class Challenge(models.Model):
    """A challenge that was issued. Nothing in it names a visitor."""

    nonce = models.UUIDField(primary_key=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    address_digest = models.BinaryField(max_length=16)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=0)  # verifications that accepted its solution

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["site", "address_digest", "issued_at"], name="challenge_of_address"),
            models.Index(fields=["expires_at"], name="challenge_expires"),
        ]

    def __str__(self) -> str:
        return str(self.nonce)


_GIVEN: Final = ("nonce", "site", "address_digest", "issued_at", "expires_at")
_COLUMNS: Final = "nonce, site_id, address_digest, issued_at, expires_at, times"
_TABLE: Final = "protection_challenge"
_SPEND: Final = (
    f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, 1)"  # noqa: S608
    f" ON CONFLICT (nonce) DO UPDATE SET times = {_TABLE}.times + 1 WHERE {_TABLE}.times < %s RETURNING times"
)
_ADD_IF_FEW: Final = (
    f"INSERT INTO {_TABLE} ({_COLUMNS}) SELECT %s, %s, %s, %s, %s, 0"  # noqa: S608
    f" WHERE (SELECT COUNT(*) FROM {_TABLE} WHERE site_id = %s AND address_digest = %s AND issued_at > %s"
    " AND times = 0) < %s"
)
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(%s); "
"""PostgreSQL counts what was committed when the statement began, so whoever counts for an address waits for the one
before. Both statements are one message and one transaction. SQLite writes one at a time anyway."""


def add_challenge(challenge: Challenge, *, most_open: int | None) -> bool:
    """Write down a challenge, unless its address has too many open ones; one round trip, exact among all who ask.

    Args:
        challenge: not saved yet.
        most_open: how many the address may have; `None` for as many as it likes.

    Returns:
        Whether it was written.
    """
    if most_open is None:
        challenge.save(force_insert=True)
        return True
    values = _prepared(challenge)
    since = _as_stored("issued_at", challenge.issued_at - OPEN_FOR)
    asked = [*values, values[1], values[2], since, most_open]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ONE_AT_A_TIME + _ADD_IF_FEW, [_lock_of(challenge), *asked])
            cursor.nextset()
        else:
            cursor.execute(_ADD_IF_FEW, asked)
        return bool(cursor.rowcount == 1)


def spend(challenge: Challenge, *, most: int) -> int:
    """Count one use of a solution, if it may be used once more; one statement, which the database does one at a time.

    Args:
        challenge: as it was issued; its row is made where it is missing.
        most: how often it may be used in all.

    Returns:
        How often it has been used now; 0 when it had been used up before.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [*_prepared(challenge), most])
        rows = cursor.fetchall()
    return int(rows[0][0]) if rows else 0


def seconds_until_fewer(site_id: int, address_digest: bytes, moment: datetime) -> int:
    """In how many seconds the oldest open challenge of an address stops counting; at least 1."""
    open_ones = Challenge.objects.open_of(site_id, address_digest, moment)
    oldest = open_ones.order_by("issued_at").values_list("issued_at", flat=True).first()
    left = (oldest + OPEN_FOR - moment).total_seconds() if oldest else 0.0
    return max(1, int(left) + 1)


def purge_expired(moment: datetime, *, batch: int = 900) -> int:
    """Delete the challenges that have expired, in batches, so that no lock is held for long.

    Args:
        moment: the time that they have expired by.
        batch: how many rows go in one transaction.

    Returns:
        How many went.
    """
    gone = 0
    while nonces := list(Challenge.objects.expired(moment).order_by("expires_at").values_list("pk", flat=True)[:batch]):
        gone += Challenge.objects.filter(pk__in=nonces).delete()[0]
    return gone


def _lock_of(challenge: Challenge) -> int:
    """The number that PostgreSQL locks for an address at a site: 64 bits, the same for both in every process."""
    return int.from_bytes(challenge.address_digest[:8], "big", signed=True) ^ challenge.site_id


def _prepared(challenge: Challenge) -> list[Any]:
    """The values of a new row, as this database takes them."""
    given = (challenge.nonce, challenge.site_id, challenge.address_digest, challenge.issued_at, challenge.expires_at)
    return [_as_stored(name, value) for name, value in zip(_GIVEN, given, strict=True)]


def _as_stored(name: str, value: object) -> Any:
    field: Any = Challenge._meta.get_field(name)
    return field.get_db_prep_save(value, connection)
