"""The task worker for the queue on Redis: the library's, made to survive an absent Redis or database.

What a worker has taken stands under a lease in Redis, which its heart prolongs. When the lease has run out, the next
round of any worker puts the entry back into the queue, and gives it up after three tries.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import Any, Final

import structlog
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection
from django_tasks import task_backends
from redis import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.registry import FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.utils import now
from rq.worker_registration import clean_worker_registry

from apps.tasks.redis_queue import JsonJob, RedisBackend

LEASE_SECONDS: Final = 60
ONE_SWEEP_EVERY_SECONDS: Final = 5
LOOKS_UP_EVERY_SECONDS: Final = 30  # from waiting for work; an entry that comes is taken at once
TRIED_AGAIN_AFTER_SECONDS: Final = 1.0
SWEEPING: Final = "gatehouse:sweeping"
_OUTAGES: Final = (OperationalError, InterfaceError)

log = structlog.get_logger(__name__)


class RedisWorker(SimpleWorker):
    """Runs what is queued on Redis, in this process, one after another."""

    outages: tuple[type[Exception], ...] = (Error, RedisError)
    max_connection_wait_time = 5.0  # seconds between two tries to reach Redis

    def __init__(self) -> None:
        backend = task_backends["default"]
        assert isinstance(backend, RedisBackend)
        super().__init__(
            [backend.queue],
            connection=backend.queue.connection,
            job_class=JsonJob,
            serializer=JSONSerializer,
            exception_handlers=[only_after_outages_again],
            worker_ttl=LOOKS_UP_EVERY_SECONDS + 15,
            log_job_description=False,
            prepare_for_work=False,  # that would ask Redis, which may be away
        )
        self.pid, self.hostname = os.getpid(), socket.gethostname()
        self._is_stopping = False

    @property
    def worker_id(self) -> str:
        """Its name, which is another one when it begins anew."""
        return self.name

    @property
    def rounds(self) -> tuple[Callable[[datetime], object], ...]:
        """What its heart does with every beat."""
        return (self.prolong_lease, self.sweep)

    def run(self, *, until_empty: bool = False) -> None:
        """Work until told to stop.

        Args:
            until_empty: stop when nothing is queued.
        """
        while not self._is_stopping:
            try:
                self.work(burst=until_empty, logging_level=None)
                if until_empty:
                    return
            except RedisError as error:
                log.warning("worker.redis_lost", error=str(error))
            except StopRequested:
                return
            self.name = uuid.uuid4().hex  # what it could not finish belongs to the old name
            self._stop_requested = False
            self._rest()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Do one entry with a fresh connection to the database, and then wait for an absent one to come back."""
        close_old_connections()
        super().execute_job(job, queue)
        while not self._is_stopping and not _has_database():
            self._rest()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish what is being done, and take no more; as a terminal or a service manager asks."""
        self._is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """For how many seconds an entry is this worker's without a further beat."""
        return LEASE_SECONDS

    def prolong_lease(self, _now: datetime) -> None:
        """Keep what is being done."""
        for execution in list(self.executions.values()):
            self.maintain_heartbeats(execution.job, execution)

    def sweep(self, _now: datetime) -> None:
        """Put back, or give up, what dead workers held, and queue what is due; one worker at a time does so."""
        if not self.connection.set(SWEEPING, self.name, nx=True, ex=ONE_SWEEP_EVERY_SECONDS):
            return
        for queue in self.queues:
            # The library's penalty for slow callbacks needs a signal, which only the main thread may ask for.
            StartedJobRegistry(queue=queue, job_class=JsonJob, death_penalty_class=TimerDeathPenalty).cleanup()
            queue.intermediate_queue.cleanup(self, queue)
            due = RQScheduler([queue.name], self.connection, serializer=JSONSerializer, logging_level=None)  # type: ignore[arg-type]
            due.prepare_registries([queue.name])
            due.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]

    def run_maintenance_tasks(self) -> None:
        """Forget what ended long ago. What workers hold is the business of `sweep`."""
        for queue in self.queues:
            FinishedJobRegistry(queue=queue, job_class=JsonJob).cleanup()
            FailedJobRegistry(queue=queue, job_class=JsonJob).cleanup()
            clean_worker_registry(queue)
        self.last_cleaned_at = now()  # type: ignore[assignment]  # as the library itself does

    def register_birth(self) -> None:
        """Begin under a name that is nobody else's; what its own first round has counted there is no other worker."""
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Listen to nobody: signals stop a worker, not messages over Redis."""

    def _rest(self) -> None:
        try:
            time.sleep(TRIED_AGAIN_AFTER_SECONDS)
        except StopRequested:
            self._is_stopping = True


def only_after_outages_again(job: Job, _kind: Any, error: BaseException, _traceback: Any) -> None:
    """Try again only what failed because the database was away: any other failure would come again."""
    if not isinstance(error, _OUTAGES):
        job.retries_left = 0


def _has_database() -> bool:
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except Error:
        return False
    finally:
        close_old_connections()
