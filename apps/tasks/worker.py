"""The task worker: the library's, made to survive an absent database and watched by its peers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Protocol

import structlog
from django.db import Error, close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker

from apps.audit import clock
from apps.tasks.image_recovery import recover_image_tasks
from apps.tasks.models import WorkerHeartbeat
from apps.tasks.notice_recovery import recover_key_notices
from apps.tasks.recovery import recover
from apps.tasks.schedule import enqueue_due
from apps.tasks.sweeper import sweep

BEAT_EVERY_SECONDS = 10.0
DATABASE_RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Living(Protocol):
    """A worker as its heart knows it."""

    outages: tuple[type[Exception], ...]

    @property
    def worker_id(self) -> str:
        """What it is called now."""

    @property
    def rounds(self) -> tuple[Callable[[datetime], object], ...]:
        """What its queue needs done with every beat."""


class Worker(db_worker.Worker):
    """A worker that waits for a lost database to come back instead of dying."""

    outages: tuple[type[Exception], ...] = (Error,)
    rounds: tuple[Callable[[datetime], object], ...] = (sweep,)

    def run(self) -> None:
        """Work until told to stop."""
        while self.running:
            try:
                super().run()
                return
            except Error as error:
                log.warning("worker.database_lost", error=str(error).strip())
                connection.close()
                # A task that this worker could not finish belongs to the old name, which nobody keeps alive.
                self.worker_id = get_random_string(32)
                time.sleep(DATABASE_RETRY_SECONDS)


class Heart:
    """Writes a worker's sign of life, and does the rounds: what is due, and what dead workers held.

    Args:
        worker: whose life it shows; its id may change.
        every: seconds between two rounds.
    """

    def __init__(self, worker: Living, *, every: float = BEAT_EVERY_SECONDS) -> None:
        self._worker = worker
        self._every = every
        self._stopping = threading.Event()
        self._written_id = ""

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in a thread for as long as the block runs, then take the sign of life away."""
        self.beat(clock.now())  # before the first task is taken, so that no peer takes it back
        thread = threading.Thread(target=self._rounds, name="heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join(timeout=5)
            with suppress(Error):  # a peer forgets it after a minute
                WorkerHeartbeat.objects.filter(worker_id=self._written_id).delete()

    def beat(self, now: datetime) -> None:
        """Write the sign of life, under the worker's present id alone."""
        worker_id = self._worker.worker_id
        WorkerHeartbeat.objects.bulk_create(
            [WorkerHeartbeat(worker_id=worker_id, beat_at=now)],
            update_conflicts=True,
            unique_fields=["worker_id"],
            update_fields=["beat_at"],
        )
        if self._written_id not in ("", worker_id):
            WorkerHeartbeat.objects.filter(worker_id=self._written_id).delete()
        self._written_id = worker_id

    def _rounds(self) -> None:
        mending = (*self._worker.rounds, recover, recover_image_tasks, recover_key_notices)
        steps: tuple[Callable[[datetime], object], ...] = (self.beat, enqueue_due, *mending)
        while not self._stopping.is_set():
            close_old_connections()
            try:
                for step in steps:
                    step(clock.now())
            except self._worker.outages as error:
                log.warning("worker.round_missed", error=str(error).strip())
                connection.close()
            self._stopping.wait(self._every)
        connection.close()
