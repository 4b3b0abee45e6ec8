"""What a load balancer and a process supervisor ask: is this process alive, and can it serve?"""

import queue
import threading
from collections.abc import Callable
from typing import Literal

import structlog
from django.db import Error, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from apps.accounts.page import public_to_read
from apps.audit import clock
from apps.tasks.models import WorkerHeartbeat

PROBE_SECONDS = 2.5
PROBES_AT_ONCE = 2

Verdict = Literal["ok", "failing", "unknown"]

log = structlog.get_logger(__name__)
_probes = threading.BoundedSemaphore(PROBES_AT_ONCE)
_migrated = threading.Event()


@public_to_read
@never_cache
def livez(_request: HttpRequest) -> JsonResponse:
    """The process runs. Asks nothing else of anybody."""
    return JsonResponse({"status": "ok"})


@public_to_read
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Whether the database answers, is migrated, and a task worker is alive; 503 when not, within 3 seconds."""
    checks = _within(PROBE_SECONDS, _probe)
    ready = all(verdict == "ok" for verdict in checks.values())
    return JsonResponse({"status": "ok" if ready else "failing", "checks": checks}, status=200 if ready else 503)


def _within(seconds: float, probe: Callable[[], dict[str, Verdict]]) -> dict[str, Verdict]:
    """What `probe` finds, or that the database fails when it takes longer or earlier probes still hang.

    A database that accepts a connection and then says nothing would hold the request for minutes, so the
    probe runs in a thread of its own.
    """
    answers: queue.SimpleQueue[dict[str, Verdict]] = queue.SimpleQueue()
    silent: dict[str, Verdict] = {"database": "failing", "migrations": "unknown", "worker": "unknown"}
    if not _probes.acquire(timeout=seconds):
        return silent

    def run() -> None:
        try:
            answers.put(probe())
        finally:
            connections.close_all()
            _probes.release()

    threading.Thread(target=run, name="readiness", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return silent


def _probe() -> dict[str, Verdict]:
    checks: dict[str, Verdict] = {"database": "failing", "migrations": "unknown", "worker": "unknown"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = "ok"
        checks["migrations"] = "ok" if _is_migrated() else "failing"
        if checks["migrations"] == "ok":
            checks["worker"] = "ok" if WorkerHeartbeat.objects.fresh(clock.now()).exists() else "failing"
    except Error as error:
        log.warning("readiness.database_failed", error=type(error).__name__)
    return checks


def _is_migrated() -> bool:
    """Whether no migration is waiting. Once true, it stays true for this process, whose code does not change."""
    if not _migrated.is_set():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            _migrated.set()
    return _migrated.is_set()
