"""What has expired goes, and only that."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from apps.api_keys.models import ApiKey
from apps.api_keys.usage_models import KeyNetwork, KeyUsage
from apps.audit import clock
from apps.tasks import housekeeping

pytestmark = pytest.mark.django_db


def test_expired_sessions_are_deleted_and_live_ones_stay():
    now = clock.now()
    Session.objects.create(session_key="old", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="live", expire_date=now + timedelta(hours=1))

    assert housekeeping.purge_sessions.call() == 1

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]


def test_finished_tasks_are_kept_for_thirty_days_and_waiting_ones_for_ever():
    results = [housekeeping.purge_sessions.enqueue().id for _ in range(3)]
    long_ago = clock.now() - timedelta(days=31)
    finished = {"status": TaskResultStatus.SUCCESSFUL}
    DBTaskResult.objects.filter(pk=results[0]).update(finished_at=long_ago, **finished)
    DBTaskResult.objects.filter(pk=results[1]).update(finished_at=clock.now() - timedelta(days=29), **finished)
    DBTaskResult.objects.filter(pk=results[2]).update(enqueued_at=long_ago)

    assert housekeeping.purge_task_results.call() == 1

    assert {str(pk) for pk in DBTaskResult.objects.values_list("pk", flat=True)} == set(results[1:])


def test_counts_are_kept_for_thirty_days_and_today_and_networks_for_half_a_year(alice, make_key):
    make_key(alice)
    key = ApiKey.objects.get()
    now = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
    oldest = datetime(2026, 10, 22, tzinfo=UTC)
    for hour in (oldest - timedelta(hours=1), oldest, now.replace(minute=0)):
        KeyUsage.objects.create(key=key, hour=hour, operation="getSites", outcome="done", reason="", count=1)
    for number, seen in enumerate((now - timedelta(days=181), now - timedelta(days=179))):
        KeyNetwork.objects.create(
            key=key, network=f"10.0.{number}.0/24", first_seen_at=oldest, last_seen_at=seen, last_address=""
        )

    with clock.at(now):
        assert housekeeping.purge_key_usage.call() == 2

    assert set(KeyUsage.objects.values_list("hour", flat=True)) == {oldest, now.replace(minute=0)}
    assert KeyNetwork.objects.get().network == "10.0.1.0/24"
