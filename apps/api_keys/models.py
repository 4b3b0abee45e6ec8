"""API keys: an account's machine credentials, and the tokens that prove them."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Account, Membership, Organization
from apps.api_keys.notice_models import KeyNotice as KeyNotice
from apps.api_keys.scope import Scope, scope_of
from apps.api_keys.usage_models import KeyNetwork as KeyNetwork
from apps.api_keys.usage_models import KeyUsage as KeyUsage
from apps.audit import clock
from apps.credentials.format import TokenKind, masked
from apps.permissions.actor import Actor
from apps.permissions.catalogue import in_order
from apps.permissions.models import ReachedOrganization, ReachedSite
from apps.permissions.roles import SEES_ALL_KEYS
from apps.sites.models import Site

EXPIRES_SOON: Final = timedelta(days=14)
UNUSED_FOR: Final = timedelta(days=90)


class KeyState(models.TextChoices):
    """What can be asked of a key's state; a key may be in several."""

    ACTIVE = "active", "Active"
    EXPIRES_SOON = "expires-soon", "Expires within 14 days"
    NEVER_USED = "never-used", "Never used"
    UNUSED = "unused", "Unused for 90 days"
    EXPIRED = "expired", "Expired"
    DISABLED = "disabled", "Disabled"
    STOPPED = "stopped", "Stopped with its creator"


def _in_state(state: KeyState, now: datetime) -> models.Q:
    expired = models.Q(expires_at__lte=now)
    places = Membership.objects.active().filter(
        account=models.OuterRef("account_id"), person=models.OuterRef("created_by_id")
    )
    has_creator = models.Q(models.Exists(places))
    works = models.Q(disabled_at=None) & ~models.Q(expires_at__isnull=False, expires_at__lte=now) & has_creator
    conditions: Mapping[KeyState, models.Q] = {
        KeyState.ACTIVE: works,
        KeyState.EXPIRES_SOON: works & models.Q(expires_at__lte=now + EXPIRES_SOON),
        KeyState.NEVER_USED: models.Q(last_used_at=None),
        KeyState.UNUSED: models.Q(last_used_at__lte=now - UNUSED_FOR)
        | models.Q(last_used_at=None, created_at__lte=now - UNUSED_FOR),
        KeyState.EXPIRED: expired,
        KeyState.DISABLED: models.Q(disabled_at__isnull=False),
        KeyState.STOPPED: ~has_creator,
    }
    return conditions[state]


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reading API keys."""

    def living(self) -> Self:
        """Keys that were not deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Actor) -> Self:
        """The keys that the actor may know of: the account's for owners and admins, else its own. No deleted ones.

        A key that is limited to one organization, or to selected sites, knows only of keys that reach none but these.
        """
        keys = self.living().filter(account_id=actor.account_id)
        if not actor.reaches_all_sites:
            keys = keys._reaching_no_more_than(actor)
        if actor.role is None or actor.role in SEES_ALL_KEYS:
            return keys
        return keys.filter(created_by_id=actor.person_id)

    def _reaching_no_more_than(self, actor: Actor) -> Self:
        """Those that are limited to what a limited key reaches itself."""
        sites = ReachedSite.objects.filter(key=models.OuterRef("pk"))
        organizations = ReachedOrganization.objects.filter(key=models.OuterRef("pk"))
        if actor.organization_id is None:
            further = sites.exclude(site_id__in=ReachedSite.objects.of_key(actor.id).values("site_id"))
        else:
            further = sites.exclude(site__organization_id__isnull=False, site__organization_id=actor.organization_id)
            organizations = organizations.exclude(organization_id=actor.organization_id)
        return self.filter(~models.Exists(further), ~models.Exists(organizations), reaches_all_sites=False)

    def expired_at(self, moment: datetime) -> Self:
        """Keys whose time is over at `moment`, and whose end is not yet in the audit log."""
        return self.living().filter(expires_at__lte=moment, expiry_recorded_at=None)

    def expiring(self, moment: datetime, *, within: timedelta, warned_above: int) -> Self:
        """Keys that still work and end `within` the time after `moment`, of whose end nobody was warned so late.

        Args:
            moment: now.
            within: how far away the end lies at most.
            warned_above: keys are left out that were warned of with this many days left, or fewer.
        """
        ending = self.living().filter(expires_at__gt=moment, expires_at__lte=moment + within)
        return ending.filter(models.Q(warned_days=None) | models.Q(warned_days__gt=warned_above))

    def matching(self, text: str) -> Self:
        """Keys whose name contains `text`, or one of whose tokens ends in it."""
        ends_in = ApiKeyToken.objects.filter(key=models.OuterRef("pk"), last_four=text[-4:])
        return self.filter(models.Q(name__icontains=text) | models.Exists(ends_in))

    def in_state(self, state: KeyState, now: datetime) -> Self:
        """Keys that are in this state at `now`."""
        return self.filter(_in_state(state, now))

    def holding(self, permission: str) -> Self:
        """Keys that were given this permission."""
        return self.filter(permissions__icontains=f'"{permission}"')

    def reaching(self, site: Site) -> Self:
        """Keys that reach this site: those for all sites, for its organization, and those that name it."""
        named = ReachedSite.objects.filter(key=models.OuterRef("pk"), site=site)
        reached = models.Q(reaches_all_sites=True) | models.Q(models.Exists(named))
        if site.organization_id is not None:
            reached |= models.Q(reached_organization__organization_id=site.organization_id)
        return self.filter(reached)


class ApiKey(models.Model):
    """One key: what it may do, where, from where and until when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    last_four = models.CharField(max_length=4)  # of its newest token
    permissions = models.JSONField[list[str], list[str]](default=list)
    reaches_all_sites = models.BooleanField(default=True)  # else those in `ReachedOrganization`, or `ReachedSite`
    sites = models.ManyToManyField(Site, through=ReachedSite, related_name="+")
    networks = models.JSONField[list[str], list[str]](default=list)  # CIDR blocks; none for everywhere
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_recorded_at = models.DateTimeField(null=True, blank=True)
    warned_days = models.PositiveSmallIntegerField(null=True, blank=True)  # left at the last warning of its end
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_refused_at = models.DateTimeField(null=True, blank=True)  # as a credential
    disabled_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)  # deleted because somebody handed it in as leaked

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="api_key_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        """How pages show it: `nct_…wxyz`."""
        return masked(TokenKind.API_KEY, self.last_four)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def expires_soon(self) -> bool:
        """Whether it still works and stops within 14 days."""
        return self.expires_at is not None and clock.now() < self.expires_at <= clock.now() + EXPIRES_SOON

    @property
    def is_disabled(self) -> bool:
        """Whether it was switched off."""
        return self.disabled_at is not None

    @property
    def organization(self) -> Organization | None:
        """The one organization that it is limited to; `None` where it is not, or to selected sites."""
        reached = None if self.reaches_all_sites else getattr(self, "reached_organization", None)
        return reached.organization if reached else None

    @property
    def organization_id(self) -> int | None:
        """The number of the one organization that it is limited to."""
        reached = None if self.reaches_all_sites else getattr(self, "reached_organization", None)
        return reached.organization_id if reached else None

    @property
    def ordered_permissions(self) -> list[str]:
        """Its permissions in catalogue order."""
        return in_order(self.permissions)

    @property
    def scope(self) -> Scope:
        """What it may do, by group and in words."""
        return scope_of(self.permissions)


class ApiKeyTokenQuerySet(models.QuerySet["ApiKeyToken"]):
    """Reading the tokens of keys."""

    def live(self, moment: datetime) -> Self:
        """Tokens that prove their key at `moment`: the newest of each, and earlier ones in their overlap."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=moment))


class ApiKeyToken(models.Model):
    """What a key is proved with. Only its digest is kept; rows stay, so that an old token is still recognised."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    pepper = models.PositiveSmallIntegerField()
    last_four = models.CharField(max_length=4)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)  # of a token that was rotated away; else its key's end
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """How pages show it: `nct_…wxyz`."""
        return masked(TokenKind.API_KEY, self.last_four)
