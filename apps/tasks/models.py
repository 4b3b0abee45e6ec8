"""What the task workers know about each other: who is alive, and what is due when."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models

FRESH_FOR = timedelta(seconds=60)


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    """Readings of the workers' signs of life."""

    def fresh(self, now: datetime) -> Self:
        """The workers that gave a sign of life in the last 60 seconds."""
        return self.filter(beat_at__gt=now - FRESH_FOR)

    def stale(self, now: datetime) -> Self:
        """The workers that did not, and count as dead."""
        return self.filter(beat_at__lte=now - FRESH_FOR)


class WorkerHeartbeat(models.Model):
    """One running worker's last sign of life."""

    worker_id = models.CharField(primary_key=True, max_length=64)
    beat_at = models.DateTimeField()

    objects = WorkerHeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.worker_id} at {self.beat_at:%Y-%m-%d %H:%M:%S}"


class ScheduledTask(models.Model):
    """When a periodic task is due next. The row is the token that only one worker takes."""

    name = models.CharField(primary_key=True, max_length=100)
    next_run_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_run_at:%Y-%m-%d %H:%M:%S}"
