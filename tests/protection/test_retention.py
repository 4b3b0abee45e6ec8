"""Old records and counts go, a batch at a time, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError

from apps.audit import clock
from apps.protection import recording, retention
from apps.protection.housekeeping import SCHEDULE, purge_records, purge_traffic
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet
from apps.protection.traffic_models import TrafficDay, TrafficHour, TrafficMinute
from apps.tasks.schedule import SCHEDULE as ALL
from tests.protection.noting import answer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def recorded_days_ago(shop, *days):
    for ago in days:
        answer(shop, moment=NOW - timedelta(days=ago))
    recording.flush()


def ages():
    return sorted((NOW - at).days for at in CaptchaRecord.objects.values_list("recorded_at", flat=True))


def test_records_go_after_thirty_days(shop):
    recorded_days_ago(shop, 0, 29, 31, 400)
    with clock.at(NOW):
        assert purge_records.call() == 2
    assert ages() == [0, 29]


def test_how_long_records_are_kept_is_a_setting(shop, settings):
    settings.RECORDS_ARE_KEPT_DAYS = 7
    recorded_days_ago(shop, 0, 6, 8)
    with clock.at(NOW):
        assert purge_records.call() == 1
    assert ages() == [0, 6]


def test_they_go_in_batches_so_that_a_run_that_ends_early_has_done_some(shop, dave, monkeypatch):
    recorded_days_ago(shop, *[31] * 7)
    monkeypatch.setattr(retention, "BATCH", 3)
    delete = CaptchaRecordQuerySet.delete
    batches: list[int] = []

    def delete_twice(rows):
        if len(batches) == 2:
            raise OperationalError("killed")
        batches.append(rows.count())
        return delete(rows)

    monkeypatch.setattr(CaptchaRecordQuerySet, "delete", delete_twice)
    with clock.at(NOW), pytest.raises(OperationalError):
        purge_records.call()
    assert (batches, len(ages())) == ([3, 3], 1)


def test_counts_are_kept_the_longer_the_coarser_they_are(shop, settings):
    settings.TRAFFIC_IS_KEPT_DAYS = 400
    recorded_days_ago(shop, 0, 1, 3, 80, 100, 390, 410)
    with clock.at(NOW):
        purge_traffic.call()

    def kept(model):
        return sorted((NOW - at).days for at in model.objects.values_list("begins_at", flat=True))

    assert kept(TrafficMinute) == [0, 1]
    assert kept(TrafficHour) == [0, 1, 3, 80]
    assert kept(TrafficDay) == [0, 1, 3, 80, 100, 390]


def test_no_count_outlives_the_setting(shop, settings):
    settings.TRAFFIC_IS_KEPT_DAYS = 2
    recorded_days_ago(shop, 0, 1, 3)
    with clock.at(NOW):
        purge_traffic.call()
    assert (TrafficHour.objects.count(), TrafficDay.objects.count()) == (2, 2)


def test_the_worker_does_both():
    assert {periodic.name for periodic in SCHEDULE} <= {periodic.name for periodic in ALL}
    assert {purge_records.module_path, purge_traffic.module_path} <= {periodic.name for periodic in SCHEDULE}


def test_the_command_says_what_would_go_and_does_it(shop, capsys):
    recorded_days_ago(shop, 0, 31)
    with clock.at(NOW):
        call_command("purge_records", "--dry-run")
        assert (capsys.readouterr().out, len(ages())) == ("1 records would go.\n", 2)
        call_command("purge_records")
    assert capsys.readouterr().out.startswith("1 records and")
    assert ages() == [0]
