"""Sites and their secrets."""

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.db import models

from apps.accounts.models import RESTORABLE_FOR, Account, Organization
from apps.audit import clock
from apps.credentials.format import TokenKind, masked
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import ReachedSite, Share
from apps.permissions.roles import MANAGES_ALL_SITES, READS_ALL_SITES
from apps.sites import origins, site_key
from apps.sites.request_models import SiteRequest as SiteRequest

MOST_TO_CHOOSE_FROM: Final = 200  # in a list of a filter; more are found by a site key in the address
MAX_SECRETS: Final = 10  # live ones of a site
INITIAL_DELAYS: Final = range(3, 31)  # seconds
PARALLEL_CHALLENGES: Final = range(1, 11)
REPLAY_COUNTS: Final = range(1, 1_000_001)  # verifications of one solution
VALIDITIES: Final = (300, 600, 1_800, 3_600, 21_600, 43_200, 86_400, 172_800, 604_800)  # seconds
_PART_OF_ORIGIN: Final = re.compile(r'(?=.*[^\[\]])[^\s",]+')  # and not of the list that they are stored in


class Growth(models.TextChoices):
    """How fast challenges become harder while a site, or an address, asks for many."""

    CONSTANT = "constant", "Constant"
    SLOW = "slow", "Slow"
    MEDIUM = "medium", "Medium"
    FAST = "fast", "Fast"


class SiteQuerySet(models.QuerySet["Site"]):
    """Reading sites."""

    def visible_to(self, actor: Actor) -> Self:
        """The sites that the actor may know of: all of its account, or its own and those shared with it.

        Of a key that is limited to selected sites, or to one organization, only those.
        """
        in_account = self.living().filter(account_id=actor.account_id)._reached_by(actor)
        if actor.kind is ActorKind.SYSTEM or actor.role in READS_ALL_SITES:
            return in_account
        if actor.is_guest:
            return in_account.filter(_is_shared_with(actor.person_id))
        return in_account.filter(models.Q(created_by_id=actor.person_id) | _is_shared_with(actor.person_id))

    def shared_with(self, person_id: int) -> Self:
        """The sites, of whatever account, that were shared with a person."""
        return self.living().filter(_is_shared_with(person_id))

    def restorable_by(self, actor: Actor, moment: datetime) -> Self:
        """The deleted sites that the actor owns and that can still be brought back at `moment`."""
        deleted = self.filter(account_id=actor.account_id, deleted_at__gt=moment - RESTORABLE_FOR)
        return deleted._reached_by(actor).owned_by(actor)

    def owned_by(self, actor: Actor) -> Self:
        """Those of the sites that the actor may do everything with, given that they are all of its account."""
        if actor.kind is ActorKind.SYSTEM or actor.role in MANAGES_ALL_SITES:
            return self
        return self.filter(created_by_id=None if actor.is_guest else actor.person_id, created_by__isnull=False)

    def _reached_by(self, actor: Actor) -> Self:
        if actor.reaches_all_sites:
            return self
        if actor.organization_id is not None:
            return self.filter(organization_id=actor.organization_id, organization__deleted_at=None)
        return self.filter(models.Exists(ReachedSite.objects.of_key(actor.id).filter(site=models.OuterRef("pk"))))

    def living(self) -> Self:
        """Sites that were not deleted."""
        return self.filter(deleted_at=None)

    def matching(self, text: str) -> Self:
        """Sites whose name or origin contains `text`, or whose site key it is."""
        found = models.Q(name__icontains=text)
        if _PART_OF_ORIGIN.fullmatch(text):
            found |= models.Q(allowed_origins__icontains=text)
        if key := site_key.read(text):
            found |= models.Q(key=key)
        return self.filter(found)

    def active(self) -> Self:
        """Sites that verify."""
        return self.filter(is_active=True)

    def inactive(self) -> Self:
        """Sites that were deactivated."""
        return self.filter(is_active=False)

    def to_choose_from(self, chosen: str) -> "Sequence[Site]":
        """The first of them by name, for a filter's list, and the one with the key that is chosen already.

        Without that one the list would say that every site is meant, and drop the choice when it is sent again.
        """
        by_name = self.order_by("name", "pk")
        first = list(by_name[:MOST_TO_CHOOSE_FROM])
        key = site_key.read(chosen)
        if key is None or key in {site.key for site in first}:
            return first
        return [*by_name.filter(key=key), *first]


def _is_shared_with(person_id: int | None) -> models.Exists:
    return models.Exists(Share.objects.filter(site=models.OuterRef("pk"), person_id=person_id))


class Site(models.Model):
    """One protected property."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sites")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    allowed_origins = models.JSONField[list[str], list[str]](default=list)
    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.SET_NULL, related_name="sites"
    )
    allow_localhost = models.BooleanField(default=False)
    allow_subdomains = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    protection_enabled = models.BooleanField(default=True)
    level = models.PositiveSmallIntegerField(default=96)  # 1 to 255; the work doubles every 8 levels
    initial_delay = models.PositiveSmallIntegerField(default=3)  # seconds before a solution is accepted
    max_parallel = models.PositiveSmallIntegerField(default=10)  # open challenges of one address
    growth = models.CharField(max_length=8, choices=Growth.choices, default=Growth.MEDIUM)
    validity_seconds = models.PositiveIntegerField(default=21_600)  # the life of a solution, one of `VALIDITIES`
    max_replay_count = models.PositiveIntegerField(default=1)  # how often one solution may be verified
    fail_open = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = SiteQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "id"], name="site_account_id"),
            models.Index(fields=["account", "-created_at", "-id"], name="site_newest"),
            models.Index(fields=["organization", "name"], name="site_in_organization"),
            models.Index(fields=["account", "-updated_at", "-id"], name="site_last_changed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def site_key(self) -> str:
        """The public key as this product spells it."""
        return site_key.spell(self.key)

    @property
    def restorable_until(self) -> datetime | None:
        """When a deleted site is lost; `None` for one that was not deleted."""
        return self.deleted_at + RESTORABLE_FOR if self.deleted_at else None

    @property
    def has_wildcard(self) -> bool:
        """Whether one of its origins stands for every subdomain of a host."""
        return any(map(origins.is_wildcard, self.allowed_origins))

    @property
    def domain(self) -> str:
        """The host of the first origin that is not the developer's own machine, or of the first."""
        public = [origin for origin in self.allowed_origins if not origins.is_local(origin)]
        return origins.hostname((public or self.allowed_origins)[0])


class SiteSecretQuerySet(models.QuerySet["SiteSecret"]):
    """Reading secrets."""

    def live(self, moment: datetime) -> Self:
        """Secrets that work at `moment`: those that were not rotated away, and those whose overlap still runs."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=moment))

    def newest_of(self, site_ids: Iterable[int]) -> dict[int, str]:
        """The newest of these secrets of each site, masked, by the site's number."""
        found = self.filter(site_id__in=site_ids).order_by("created_at", "pk").values_list("site_id", "last_four")
        return {site_id: masked(TokenKind.SITE_SECRET, last_four) for site_id, last_four in found}


class SiteSecret(models.Model):
    """What a customer's backend proves itself with. Only its digest is kept."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="secrets")
    label = models.CharField(max_length=120, blank=True)
    digest = models.BinaryField(max_length=32, unique=True)
    pepper = models.PositiveSmallIntegerField()
    last_four = models.CharField(max_length=4)
    created_by_label = models.CharField(max_length=320)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)  # when somebody last handed it in as leaked

    objects = SiteSecretQuerySet.as_manager()

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """How pages and answers show it: `ss_live_…wxyz`."""
        return masked(TokenKind.SITE_SECRET, self.last_four)
