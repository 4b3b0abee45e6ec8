"""Access rules, and the version by which every process notices that an account's rules have changed."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models.functions import Coalesce

from apps.accounts.models import Account
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection.conditions import LONGEST_VALUE, Field
from apps.protection.countries import shown_value
from apps.sites.difficulty import LEVELS, LEVELS_PER_DOUBLING, level_for_pow
from apps.sites.models import Site, SiteQuerySet

LONGEST_DESCRIPTION: Final = 300  # characters
LONGEST_GROUP: Final = 64  # characters
KEPT_FOR: Final = timedelta(days=7)  # after a rule was deleted or has expired


class RuleType(models.TextChoices):
    """What a rule does to the visitors that it acts on."""

    BLOCK = "block", "Block"
    RESTRICT = "restrict", "Restrict"


class CaptchaType(models.TextChoices):
    """What a restricted visitor is asked for; here each is proof of work, the harsher the more of it."""

    IMAGE = "image", "Image"
    PUZZLE = "puzzle", "Puzzle"
    POW = "pow", "Proof of work"


RAISED_BY: Final = {"": 16, CaptchaType.POW: 16, CaptchaType.PUZZLE: 24, CaptchaType.IMAGE: 32}
"""Levels that a restricted visitor's challenge gets on top, where the rule names no difficulty."""
WORK_TIMES: Final = {kind: 2 ** (levels // LEVELS_PER_DOUBLING) for kind, levels in RAISED_BY.items()}
"""The same as how many times the work."""


class RuleQuerySet(models.QuerySet["Rule"]):
    """Reading rules."""

    def visible_to(self, actor: Actor) -> Self:
        """The rules that the actor may know of: those of the sites it sees, and those of the whole account.

        A key that is limited to selected sites, or to one organization, knows only the rules of its sites; so does
        a guest.
        """
        found = models.Q(site__in=Site.objects.visible_to(actor))
        if actor.reaches_all_sites and not actor.is_guest:
            found |= models.Q(site=None)
        return self.filter(found, account_id=actor.account_id)

    def kept(self) -> Self:
        """Rules that were not deleted; the expired ones are among them."""
        return self.filter(deleted_at=None)

    def acting(self, moment: datetime) -> Self:
        """Rules that can act at `moment`."""
        return self.kept().filter(models.Q(expires_at=None) | models.Q(expires_at__gt=moment))

    def expired(self, moment: datetime) -> Self:
        """Rules whose time was over by `moment`, and that were not deleted."""
        return self.kept().filter(expires_at__lte=moment)

    def outdated(self, moment: datetime) -> Self:
        """Rules that were deleted, or expired, more than 7 days before `moment`."""
        end = moment - KEPT_FOR
        return self.filter(models.Q(deleted_at__lt=end) | models.Q(expires_at__lt=end))

    def matching(self, text: str) -> Self:
        """Rules that have `text` in their description, group or one of their values, or as their handle."""
        found = models.Q(description__icontains=text) | models.Q(group__icontains=text) | models.Q(handle=text)
        for column in COLUMNS.values():
            found |= models.Q(**{f"{column}__icontains": text})
        return self.filter(found)


class Rule(models.Model):
    """One access rule: what it asks of a visitor, and what happens to those of whom all of it holds.

    Attributes:
        handle: `userScopeHash`: a hash over conditions and site; the same scope again replaces the rule.
        site: the one site that it acts on; `None` for all of the account.
        group: `ruleGroupId`: what it was made with, and can be deleted with.
        created_at: when it was made, or last replaced: of two equal rules, the newer wins.
        version: the `RuleBook.version` that its last change made.
        deleted_at: when it was deleted; it can be brought back for 7 days, and until then processes learn of it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rules")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="rules")
    handle = models.CharField(max_length=64)
    type = models.CharField(max_length=8, choices=RuleType.choices)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    group = models.CharField(max_length=LONGEST_GROUP, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    ip_mask = models.CharField(max_length=49, blank=True)
    user_id = models.CharField(max_length=LONGEST_VALUE, blank=True)
    ja4_hash = models.CharField(max_length=LONGEST_VALUE, blank=True)
    user_agent = models.CharField(max_length=LONGEST_VALUE, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    asn = models.CharField(max_length=10, blank=True)
    captcha_type = models.CharField(max_length=6, choices=CaptchaType.choices, blank=True)
    solved_images_count = models.PositiveSmallIntegerField(null=True, blank=True)
    unsolved_images_count = models.PositiveSmallIntegerField(null=True, blank=True)
    image_threshold = models.FloatField(null=True, blank=True)
    pow_difficulty = models.PositiveSmallIntegerField(null=True, blank=True)
    frictionless_score = models.FloatField(null=True, blank=True)
    defers_to_verify = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by_label = models.CharField(max_length=320, blank=True)
    version = models.PositiveBigIntegerField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "handle"], name="rule_once_a_scope")]
        indexes = [
            models.Index(fields=["account", "version"], name="rule_changed_since"),
            models.Index(fields=["account", "deleted_at", "-created_at", "-id"], name="rule_newest"),
            models.Index(fields=["account", "group"], name="rule_in_group"),
            models.Index(fields=["expires_at"], name="rule_expired"),
            models.Index(fields=["deleted_at"], name="rule_deleted"),
        ]

    def __str__(self) -> str:
        return self.description or self.scope_in_words

    @property
    def conditions(self) -> dict[Field, str]:
        """What it asks of a visitor, in the order of `Field`."""
        values = {field: getattr(self, column) for field, column in COLUMNS.items()}
        return {field: value for field, value in values.items() if value}

    @property
    def shown_conditions(self) -> list[tuple[str, str]]:
        """Its conditions for a reader: label and value."""
        return [(field.label, shown_value(field, value)) for field, value in self.conditions.items()]

    @property
    def scope_in_words(self) -> str:
        """Whom it acts on, for a reader: `Network 203.0.113.0/24 and Country DE · Germany`."""
        return " and ".join(f"{label} {value}" for label, value in self.shown_conditions)

    @property
    def effect_in_words(self) -> str:
        """What it does to a visitor, for a reader."""
        if self.type == RuleType.BLOCK:
            return "Refuses the solution" if self.waits_for_verification else "Gives no challenge"
        if self.pow_difficulty is not None:
            return f"At least difficulty {self.pow_difficulty}"
        return f"{WORK_TIMES[self.captcha_type]} times the work"

    def level_at(self, level: int) -> int:
        """The level of the challenge that a restricted visitor gets at a site of this level."""
        if self.pow_difficulty is not None:
            return max(level, level_for_pow(self.pow_difficulty, level))
        return min(level + RAISED_BY[self.captcha_type], LEVELS[-1])

    @property
    def is_block(self) -> bool:
        """Whether it turns visitors away."""
        return self.type == RuleType.BLOCK

    @property
    def waits_for_verification(self) -> bool:
        """Whether the visitor works first: it says so, or asks for a user id, which only the backend tells."""
        return self.defers_to_verify or bool(self.user_id)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def options(self) -> dict[str, Any]:
        """What a restricted visitor is asked for, as the wire spells it, without what was not given."""
        given = {
            "captchaType": self.captcha_type or None,
            "solvedImagesCount": self.solved_images_count,
            "unsolvedImagesCount": self.unsolved_images_count,
            "imageThreshold": self.image_threshold,
            "powDifficulty": self.pow_difficulty,
            "frictionlessScore": self.frictionless_score,
        }
        return {name: value for name, value in given.items() if value is not None}


COLUMNS: Final = {
    Field.IP: "ip",
    Field.IP_MASK: "ip_mask",
    Field.USER_ID: "user_id",
    Field.JA4: "ja4_hash",
    Field.USER_AGENT: "user_agent",
    Field.COUNTRY: "country_code",
    Field.ASN: "asn",
}
"""The column that holds each field's value; empty for no condition on it."""


class RuleBook(models.Model):
    """An account's rules as a whole. Whoever changes one locks this row, and raises its version in that transaction.

    So versions come in the order of the commits, and whoever knows the rules up to a version finds what is newer by
    the number alone.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="rule_book")
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.account_id} {self.version}"


def with_rules_version(sites: SiteQuerySet) -> SiteQuerySet:
    """The sites with `rules_version`: then `matching.winner` needs no query of its own while no rule changes."""
    books = RuleBook.objects.filter(account_id=models.OuterRef("account_id"))
    return sites.annotate(rules_version=Coalesce(models.Subquery(books.values("version")), 0))
