"""Letting go of records and counts that are older than the settings keep them: a batch at a time."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models

from apps.accounts.models import Account
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet
from apps.protection.traffic_models import (
    HOURS_ARE_KEPT_FOR,
    MINUTES_ARE_KEPT_FOR,
    TrafficDay,
    TrafficHour,
    TrafficMinute,
)

BATCH: Final = 2_000  # rows in one transaction, so that no lock is held for long and a killed run loses nothing


def records_to_purge(now: datetime) -> CaptchaRecordQuerySet:
    """The records that are older than `RECORDS_ARE_KEPT_DAYS`."""
    return CaptchaRecord.objects.between(None, now - timedelta(days=settings.RECORDS_ARE_KEPT_DAYS))


def purge_records(now: datetime) -> int:
    """Delete the records that are older than `RECORDS_ARE_KEPT_DAYS`.

    Args:
        now: the moment that they are kept until.

    Returns:
        How many.
    """
    accounts = Account.objects.order_by("pk").values_list("pk", flat=True)  # each has an index by time
    old = records_to_purge(now).order_by("recorded_at", "pk")
    return sum(_delete_in_batches(old.filter(account_id=account_id)) for account_id in accounts)


def purge_traffic(now: datetime) -> int:
    """Delete the counts that are older than they are kept: by the minute, by the hour, by the day.

    Returns:
        How many rows.
    """
    longest = timedelta(days=settings.TRAFFIC_IS_KEPT_DAYS)
    kept = ((TrafficMinute, MINUTES_ARE_KEPT_FOR), (TrafficHour, HOURS_ARE_KEPT_FOR), (TrafficDay, longest))
    return sum(
        _delete_in_batches(model.objects.outdated(now, min(time, longest)).order_by("begins_at", "pk"))
        for model, time in kept
    )


def _delete_in_batches(rows: models.QuerySet[models.Model]) -> int:
    model, deleted = rows.model, 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        count, _ = model._default_manager.filter(pk__in=batch).delete()
        deleted += count
    return deleted
