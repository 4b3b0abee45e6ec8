"""The stored story of single challenges: one record for each that was answered or blocked."""

from datetime import datetime
from typing import Any, Final, Self

from django.db import models
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.roles import READS_ALL_SITES
from apps.sites.models import Site

LONGEST_USER_AGENT: Final = 300  # characters, of this and the others
LONGEST_USER_ID: Final = 200
LONGEST_ORIGIN: Final = 300
LONGEST_REASON: Final = 120
LONGEST_JA4: Final = 64


class RecordStatus(models.TextChoices):
    """What came of a challenge, in one word."""

    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    BLOCKED = "blocked", "Blocked"


class Device(models.TextChoices):
    """What sort of device a user agent says that it is."""

    DESKTOP = "desktop", "Desktop"
    PHONE = "phone", "Phone"
    TABLET = "tablet", "Tablet"
    BOT = "bot", "Bot or script"
    UNKNOWN = "unknown", "Unknown"


class IsFilled(models.Func):
    """Whether a text is not empty, in the words of the partial indexes: SQLite takes one only for the same words."""

    template = "NOT (%(expressions)s = '')"
    output_field = models.BooleanField()


IS_NEVER_GIVEN: Final = models.Q(status=RecordStatus.BLOCKED, issued_at=None)


def visits(only: models.Q | None = None) -> Coalesce:
    """How many visits records stand for: each challenge is one, and so is each refusal to give one.

    Args:
        only: which records count.
    """
    times = models.Case(models.When(IS_NEVER_GIVEN, then="refused"), default=1)
    return Coalesce(models.Sum(times, filter=only), 0)


class CaptchaRecordQuerySet(models.QuerySet["CaptchaRecord"]):
    """Reading records."""

    def visible_to(self, actor: Actor) -> Self:
        """The records of the sites that the actor may know of.

        Who sees every site of the account is asked for no list of them, so that the account's index is walked.
        """
        of_account = self.filter(account_id=actor.account_id)
        sees_all = actor.kind is ActorKind.SYSTEM or actor.role in READS_ALL_SITES
        if sees_all and actor.reaches_all_sites:
            return of_account.filter(site__deleted_at=None)
        return of_account.filter(site__in=Site.objects.visible_to(actor))

    def of_site(self, site: Site) -> Self:
        """Of one site."""
        return self.filter(account_id=site.account_id, site=site)  # the account leads the indexes

    def between(self, first: datetime | None, end: datetime | None) -> Self:
        """From the moment `first`, before the moment `end`; `None` is no bound."""
        found = self
        if first is not None:
            found = found.filter(recorded_at__gte=first)
        if end is not None:
            found = found.filter(recorded_at__lt=end)
        return found

    def newest_first(self) -> Self:
        """The latest first, as pages and answers list them."""
        return self.order_by("-recorded_at", "-pk")


class CaptchaRecord(models.Model):
    """What became of one challenge.

    A solution that is handed in several times stays one record: `accepted` and `refused` count what was answered,
    `outcome` and `status` are the last refusal's until a verification passes, and the first acceptance's from then on.
    """

    id = models.UUIDField(primary_key=True)  # the challenge's nonce; of what was blocked before there was one, random
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()  # when it was first answered, or blocked; what records are ordered by
    issued_at = models.DateTimeField(null=True)  # of none that was blocked before there was a challenge
    answered_at = models.DateTimeField(null=True)  # when a solution was last handed in
    status = models.CharField(max_length=8, choices=RecordStatus)
    outcome = models.CharField(max_length=24)  # an `Outcome`
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)  # why it was blocked, in words
    accepted = models.PositiveIntegerField(default=0)  # verifications that passed
    refused = models.PositiveIntegerField(default=0)  # verifications that did not, and refused challenges
    solutions = models.PositiveIntegerField(default=0)  # how often a real solution of it arrived
    solve_ms = models.PositiveIntegerField(null=True)  # what the widget says it took, bounded
    level = models.PositiveSmallIntegerField(default=0)  # of the challenge, 1 to 255; 0 where there was none
    address = models.CharField(max_length=45, blank=True)  # whole, or a network (`203.0.113.0/24`), by RECORD_IP
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)
    device = models.CharField(max_length=8, choices=Device, default=Device.UNKNOWN)
    country = models.CharField(max_length=2, blank=True)
    asn = models.PositiveBigIntegerField(default=0)
    ja4 = models.CharField(max_length=LONGEST_JA4, blank=True)
    user_id = models.CharField(max_length=LONGEST_USER_ID, blank=True)
    origin = models.CharField(max_length=LONGEST_ORIGIN, blank=True)
    rule_handle = models.CharField(max_length=64, blank=True)  # of the access rule that acted
    rule_type = models.CharField(max_length=8, blank=True)  # `block` or `restrict`
    rule = models.JSONField[dict[str, Any], dict[str, Any]](default=dict)  # as it was then: rules change and expire

    objects = CaptchaRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-recorded_at", "-id"], name="record_newest_of_account"),
            models.Index(fields=["site", "-recorded_at", "-id"], name="record_newest_of_site"),
            models.Index(fields=["account", "address", "-recorded_at", "-id"], name="record_of_address"),
            models.Index(
                fields=["account", "user_id", "-recorded_at", "-id"],
                name="record_of_user",
                condition=~models.Q(user_id=""),
            ),
            models.Index(
                fields=["account", "rule_handle", "-recorded_at", "-id"],
                name="record_of_rule",
                condition=~models.Q(rule_handle=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.outcome}"
