"""What a load balancer learns of Redis: that it is away, and that the process can serve all the same."""

import signal
import time
from typing import Any

import pytest
from django.test import Client

from apps.audit import clock
from apps.tasks import housekeeping
from apps.tasks.models import WorkerHeartbeat
from tests.redis_server import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)

OTHERS = {"database": "ok", "migrations": "ok", "worker": "ok"}


@pytest.fixture(autouse=True)
def _living_worker() -> None:
    WorkerHeartbeat.objects.create(worker_id="one", beat_at=clock.now())


def readiness() -> tuple[int, Any]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def test_a_process_with_redis_is_ready() -> None:
    assert readiness() == (200, {"status": "ok", "checks": {**OTHERS, "queue": "ok"}})


def test_without_redis_it_serves_and_says_what_is_missing(redis: RedisServer) -> None:
    redis.stop()
    try:
        assert readiness() == (200, {"status": "degraded", "checks": {**OTHERS, "queue": "failing"}})
    finally:
        redis.start()

    assert readiness()[1]["status"] == "ok"


def test_a_redis_that_says_nothing_is_given_up_within_three_seconds(redis: RedisServer) -> None:
    redis.process.send_signal(signal.SIGSTOP)
    try:
        begun_at = time.monotonic()
        answers = [readiness() for _ in range(3)]
        seconds = time.monotonic() - begun_at
    finally:
        redis.process.send_signal(signal.SIGCONT)

    assert answers == [(200, {"status": "degraded", "checks": {**OTHERS, "queue": "failing"}})] * 3
    assert seconds < 3 * 3


def test_a_worker_is_needed_also_where_redis_is_away(redis: RedisServer) -> None:
    WorkerHeartbeat.objects.all().delete()
    redis.stop()
    try:
        status, told = readiness()
    finally:
        redis.start()

    assert (status, told["status"]) == (503, "failing")


def test_one_request_alone_waits_for_a_redis_that_says_nothing(redis: RedisServer) -> None:
    """Whatever it would have been given is found in the database and queued later."""
    redis.process.send_signal(signal.SIGSTOP)
    try:
        seconds = []
        for _ in range(3):
            begun_at = time.monotonic()
            housekeeping.purge_sessions.enqueue()
            seconds.append(time.monotonic() - begun_at)
    finally:
        redis.process.send_signal(signal.SIGCONT)

    assert seconds[0] < 3
    assert max(seconds[1:]) < 1
