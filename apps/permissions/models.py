"""Shares: one person's `read` or `write` on one site; and which sites, or which organization, a limited key reaches."""

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models

from apps.audit import clock


class ShareLevel(models.TextChoices):
    """What a share allows: `read` sees, `write` changes settings too. Neither touches secrets or sharing."""

    READ = "read", "Can read"
    WRITE = "write", "Can write"


class Share(models.Model):
    """One person's access to one site that is not theirs."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="shares")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares")
    level = models.CharField(max_length=5, choices=ShareLevel.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "person"], name="share_once_a_person")]

    def __str__(self) -> str:
        return f"{self.person} may {self.level} {self.site}"


class WaitingShare(models.Model):
    """A share for an address that nobody has verified here yet; it becomes a `Share` when somebody does."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="waiting_shares")
    email = models.EmailField(max_length=254)
    level = models.CharField(max_length=5, choices=ShareLevel.choices)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "email"], name="waiting_share_once_an_address")]

    def __str__(self) -> str:
        return f"{self.email} will {self.level} {self.site}"


class ReachedSiteQuerySet(models.QuerySet["ReachedSite"]):
    """Reading which keys reach which sites."""

    def of_key(self, key_id: str | UUID) -> Self:
        """Those of the key with this id."""
        return self.filter(key_id=UUID(str(key_id)))


class ReachedSite(models.Model):
    """One of the sites that an API key is limited to."""

    key = models.ForeignKey("api_keys.ApiKey", on_delete=models.CASCADE, related_name="reached_sites")
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")

    objects = ReachedSiteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "site"], name="reached_site_once_a_key")]

    def __str__(self) -> str:
        return f"{self.key} reaches {self.site}"


class ReachedOrganization(models.Model):
    """The one organization that an API key is limited to: the sites that are in it whenever the key is used."""

    key = models.OneToOneField("api_keys.ApiKey", on_delete=models.CASCADE, related_name="reached_organization")
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.key} reaches {self.organization}"
