"""Mails about keys that have not been sent yet. The row says that one is owed, wherever its entry in the queue is."""

from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.db import models

from apps.audit import clock

LONGEST_NOTICE: Final = 20  # characters


class KeyNoticeQuerySet(models.QuerySet["KeyNotice"]):
    """Reading mails that are owed."""

    def due(self, moment: datetime) -> Self:
        """Those that may be tried at this moment."""
        return self.filter(due_at__lte=moment)


class KeyNotice(models.Model):
    """One mail to one reader. The row goes when it is sent, or was tried in vain often enough.

    Attributes:
        notice: what about (`apps.api_keys.notices.Notice`).
        details: what the mail says besides. Never a secret.
        attempts: how often somebody began to send it.
        due_at: when it may be tried next; whoever begins to send it moves this on, so that nobody else does.
        queue_id: the id of its last entry in the queue.
    """

    key = models.ForeignKey("api_keys.ApiKey", on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    notice = models.CharField(max_length=LONGEST_NOTICE)
    details = models.JSONField[dict[str, str], dict[str, str]](default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now, db_index=True)
    queue_id = models.CharField(max_length=64, blank=True)

    objects = KeyNoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.notice} of {self.key_id} to {self.person_id}"
