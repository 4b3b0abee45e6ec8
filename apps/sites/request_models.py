"""Requests for new sites that came with an `Idempotency-Key`, so that a repeated one makes no second site."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models

REMEMBERED_FOR: Final = timedelta(hours=24)


class SiteRequestQuerySet(models.QuerySet["SiteRequest"]):
    """Reading the requests."""

    def outdated(self, moment: datetime) -> Self:
        """Those that are remembered no longer at `moment`."""
        return self.filter(asked_at__lte=moment - REMEMBERED_FOR)


class SiteRequest(models.Model):
    """A request that made a site. Who asked, with which key and for what, is kept as digests only."""

    mark = models.BinaryField(max_length=32, unique=True)  # SHA-256 of who asked and of the key
    request = models.BinaryField(max_length=32)  # SHA-256 of what was asked for
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.CASCADE, related_name="+")
    masked_secret = models.CharField(max_length=40, blank=True)  # of the secret that the first answer showed
    asked_at = models.DateTimeField(db_index=True)

    objects = SiteRequestQuerySet.as_manager()

    def __str__(self) -> str:
        return f"request for {self.site}"
