"""What a load balancer and a process supervisor ask: is this process alive, and can it serve?"""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal

import structlog
from django.conf import settings
from django.db import Error, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django_tasks import task_backends

from apps.accounts.page import public_to_read
from apps.audit import clock
from apps.tasks.models import WorkerHeartbeat

PROBE_SECONDS = 2.5
PROBES_AT_ONCE = 2

NOT_NEEDED: Final = {"queue"}  # to serve

Verdict = Literal["ok", "failing", "unknown"]
Checks = dict[str, Verdict]

log = structlog.get_logger(__name__)
_migrated = threading.Event()


@public_to_read
@never_cache
def livez(_request: HttpRequest) -> JsonResponse:
    """The process runs. Asks nothing else of anybody."""
    return JsonResponse({"status": "ok"})


@public_to_read
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Whether the database answers, is migrated, and a task worker is alive; 503 when not, within 3 seconds.

    Where tasks wait on Redis, also whether that answers. Without it only what is done later waits: verification and
    every page work, so the process stays ready and the status is `degraded`, with 200.
    """
    answers = [_database.begin()]
    if settings.TASKS_ARE_ON_REDIS:
        answers.append(_queue.begin())
    give_up_at = time.monotonic() + PROBE_SECONDS
    checks: Checks = {}
    for answer in answers:
        checks |= answer(give_up_at)
    failing = {name for name, verdict in checks.items() if verdict != "ok"}
    status = ("degraded" if failing <= NOT_NEEDED else "failing") if failing else "ok"
    return JsonResponse({"status": status, "checks": checks}, status=503 if failing - NOT_NEEDED else 200)


class _Probe:
    """Asks in a thread of its own, because what accepts a connection and then says nothing would hold the request.

    Args:
        ask: what is found.
        silent: what is said when that takes too long, or earlier askers still hang.
    """

    def __init__(self, ask: Callable[[], Checks], silent: Checks) -> None:
        self._ask = ask
        self._silent = silent
        self._turns = threading.BoundedSemaphore(PROBES_AT_ONCE)

    def begin(self) -> Callable[[float], Checks]:
        """Begin to ask; what is returned gives the answer, and waits for it until the moment that it is given."""
        answers: queue.SimpleQueue[Checks] = queue.SimpleQueue()

        def answer(give_up_at: float) -> Checks:
            try:
                return answers.get(timeout=max(0.0, give_up_at - time.monotonic()))
            except queue.Empty:
                return self._silent

        threading.Thread(target=self._run, args=(answers,), name="readiness", daemon=True).start()
        return answer

    def _run(self, answers: "queue.SimpleQueue[Checks]") -> None:
        if not self._turns.acquire(timeout=PROBE_SECONDS):
            return
        try:
            answers.put(self._ask())
        finally:
            connections.close_all()
            self._turns.release()


_NO_DATABASE: Final[Checks] = {"database": "failing", "migrations": "unknown", "worker": "unknown"}


def _ask_database() -> Checks:
    checks = {**_NO_DATABASE}
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


def _ask_queue() -> Checks:
    backend: Any = task_backends["default"]  # apps.tasks.redis_queue.RedisBackend, which needs the extra
    return {"queue": "ok" if backend.answers() else "failing"}


_database = _Probe(_ask_database, _NO_DATABASE)
_queue = _Probe(_ask_queue, {"queue": "failing"})
