"""Sites and their secrets."""

import re
import uuid
from datetime import timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Account
from apps.audit import clock
from apps.credentials.format import TokenKind, masked
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.models import Share
from apps.permissions.roles import READS_ALL_SITES
from apps.sites import origins, site_key

LAST_USE_IS_WRITTEN_EVERY: Final = timedelta(minutes=1)
_PART_OF_ORIGIN: Final = re.compile(r'(?=.*[^\[\]])[^\s",]+')  # and not of the list that they are stored in


class SiteQuerySet(models.QuerySet["Site"]):
    """Reading sites."""

    def visible_to(self, actor: Actor) -> Self:
        """The sites that the actor may know of: all of its account, or its own and those shared with it."""
        in_account = self.filter(account_id=actor.account_id)
        if actor.kind is ActorKind.SYSTEM or actor.role in READS_ALL_SITES:
            return in_account
        shared = Share.objects.filter(site=models.OuterRef("pk"), person_id=actor.person_id)
        return in_account.filter(models.Q(created_by_id=actor.person_id) | models.Exists(shared))

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


class Site(models.Model):
    """One protected property."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sites")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    allowed_origins = models.JSONField[list[str], list[str]](default=list)
    allow_localhost = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = SiteQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "id"], name="site_account_id"),
            models.Index(fields=["account", "-created_at", "-id"], name="site_newest"),
            models.Index(fields=["account", "-updated_at", "-id"], name="site_last_changed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def site_key(self) -> str:
        """The public key as this product spells it."""
        return site_key.spell(self.key)

    @property
    def domain(self) -> str:
        """The host of the first origin that is not the developer's own machine, or of the first."""
        public = [origin for origin in self.allowed_origins if not origins.is_local(origin)]
        return origins.hostname((public or self.allowed_origins)[0])


class SiteSecret(models.Model):
    """What a customer's backend proves itself with. Only its digest is kept."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="secrets")
    digest = models.BinaryField(max_length=32, unique=True)
    pepper = models.PositiveSmallIntegerField()
    last_four = models.CharField(max_length=4)
    created_by_label = models.CharField(max_length=320)
    created_at = models.DateTimeField(default=clock.now)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """How pages and answers show it: `ss_live_…wxyz`."""
        return masked(TokenKind.SITE_SECRET, self.last_four)
