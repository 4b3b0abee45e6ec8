"""Tasks on a private Redis: the settings that choose it, and workers that are processes of their own."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings
from django_tasks import task_backends
from rq.registry import StartedJobRegistry

from apps.api_keys.models import KeyNotice
from apps.audit import clock
from apps.tasks.redis_queue import RedisBackend
from apps.tasks.redis_worker import SWEEPING
from config import environment
from tests.redis_server import RedisServer, redis_server, require_redis_server
from tests.tasks.conftest import WorkerProcess, let_the_last_minute_pass

LONGEST_WAIT = 60  # seconds

StartWorker = Callable[[], WorkerProcess]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A private Redis."""
    require_redis_server()
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(autouse=True)
def redis(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """An empty Redis, and the settings that put tasks there."""
    server.client.flushall()
    monkeypatch.setenv("REDIS_URL", server.url)
    chosen: dict[str, Any] = {
        "TASKS_ARE_ON_REDIS": True,
        "TASKS": environment.tasks(on_redis=True),
        "RQ_QUEUES": {"default": {"URL": environment.redis_url()}},
    }
    with override_settings(**chosen):
        yield server
        backend().queue.connection.close()


def backend() -> RedisBackend:
    """The backend that the settings choose."""
    chosen = task_backends["default"]
    assert isinstance(chosen, RedisBackend)
    return chosen


@pytest.fixture
def start_rq_worker(start_worker: Callable[..., WorkerProcess], redis: RedisServer) -> StartWorker:
    """Starts `manage.py rq_worker`."""

    def starting() -> WorkerProcess:
        return start_worker("rq_worker", TASKS_BACKEND="rq", REDIS_URL=redis.url)

    return starting


def wait_until(is_true: Callable[[], bool]) -> None:
    """Look until it is.

    Raises:
        AssertionError: after a minute.
    """
    give_up_at = time.monotonic() + LONGEST_WAIT
    while not is_true():
        assert time.monotonic() < give_up_at
        time.sleep(0.005)


def let_leases_run_out() -> None:
    """Make dead whatever worker has not given a sign of life since, and let what waits for its time be due."""
    let_the_last_minute_pass()
    client = backend().queue.connection
    client.delete(SWEEPING)
    held = StartedJobRegistry(queue=backend().queue).key
    for job_id, execution_id in StartedJobRegistry(queue=backend().queue).get_job_and_execution_ids(cleanup=False):
        client.zadd(held, {f"{job_id}:{execution_id}": 1})


def let_what_is_scheduled_be_due() -> None:
    """Move everything that waits for its time to now."""
    KeyNotice.objects.update(due_at=clock.now())
    queue = backend().queue
    for job_id in queue.scheduled_job_registry.get_job_ids():
        queue.connection.zadd(queue.scheduled_job_registry.key, {job_id: 1})
    queue.connection.delete(SWEEPING)
