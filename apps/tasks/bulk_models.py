"""A file of sites between its dry run and its import."""

import uuid
from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models, transaction

from apps.accounts.models import Account
from apps.audit import clock

TAKEN_WITHIN: Final = timedelta(hours=24)


class SiteImportQuerySet(models.QuerySet["SiteImport"]):
    """Reading files."""

    def open_for(self, person_id: int, account_id: uuid.UUID, now: datetime) -> Self:
        """Those that a person can still take into an account: their own, for a day."""
        return self.filter(person_id=person_id, account_id=account_id, created_at__gt=now - TAKEN_WITHIN)

    def outdated(self, now: datetime) -> Self:
        """Those that nobody can take any more."""
        return self.filter(created_at__lte=now - TAKEN_WITHIN)


class SiteImport(models.Model):
    """A file that somebody has tried out. What is taken is what is stored here, and so what they were shown.

    It stays on the server because a form with 10,000 lines in it would be larger than a request may be. A person has
    one at a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    objects = SiteImportQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


def keep_file(*, person_id: int, account_id: uuid.UUID, text: str) -> SiteImport:
    """Keep a file for a day, in place of an earlier one of the same person.

    Args:
        person_id: whose.
        account_id: into which account they would take it.
        text: what is in it.
    """
    with transaction.atomic():
        SiteImport.objects.filter(person_id=person_id).delete()
        return SiteImport.objects.create(person_id=person_id, account_id=account_id, text=text, created_at=clock.now())
