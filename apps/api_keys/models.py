"""API keys: an account's machine credentials."""

import uuid
from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models

from apps.accounts.models import Account
from apps.api_keys.scope import Scope, scope_of
from apps.audit import clock
from apps.credentials.format import TokenKind, masked
from apps.permissions.actor import Actor
from apps.permissions.catalogue import in_order
from apps.permissions.roles import SEES_ALL_KEYS

LAST_USE_IS_WRITTEN_EVERY: Final = timedelta(minutes=1)
EXPIRES_SOON: Final = timedelta(days=14)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reading API keys."""

    def visible_to(self, actor: Actor) -> Self:
        """The keys that the actor may know of: the account's for owners and admins, else its own. No deleted ones."""
        living = self.filter(account_id=actor.account_id, deleted_at=None)
        if actor.role is None or actor.role in SEES_ALL_KEYS:
            return living
        return living.filter(created_by_id=actor.person_id)

    def expired_at(self, moment: datetime) -> Self:
        """Keys whose time is over at `moment`, and whose end is not yet in the audit log."""
        return self.filter(deleted_at=None, expires_at__lte=moment, expiry_recorded_at=None)

    def matching(self, text: str) -> Self:
        """Keys whose name contains `text`, or that end in it."""
        return self.filter(models.Q(name__icontains=text) | models.Q(last_four=text[-4:]))


class ApiKey(models.Model):
    """One key. Only its digest is kept; what it may do stands on its row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120)
    digest = models.BinaryField(max_length=32, unique=True)
    pepper = models.PositiveSmallIntegerField()
    last_four = models.CharField(max_length=4)
    permissions = models.JSONField[list[str], list[str]](default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    expiry_recorded_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

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
    def ordered_permissions(self) -> list[str]:
        """Its permissions in catalogue order."""
        return in_order(self.permissions)

    @property
    def scope(self) -> Scope:
        """What it may do, by group and in words."""
        return scope_of(self.permissions)
