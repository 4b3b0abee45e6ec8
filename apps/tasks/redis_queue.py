"""The queue on Redis: the library's, made to wait for commit and to keep what a dead worker held.

Only loaded where the settings choose it, because it needs the extra of requirements-rq.txt.
"""

import time
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Final

import django_rq
import structlog
from django.core.checks import CheckMessage
from django.db import transaction
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import get_random_id, normalize_json
from django_tasks_rq import Job, RQBackend
from django_tasks_rq.backend import failed_callback, success_callback
from redis import Redis, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Callback, Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from apps.tasks.sweeper import MAX_TRIES

TRIED_AGAIN_AFTER: Final = (5, 30)  # seconds
LONGEST_RUN: Final = timedelta(hours=1)
LEFT_ALONE_SECONDS: Final = 5.0  # a Redis that says nothing, so that few requests wait for its timeout
FAILURES_ARE_KEPT_FOR: Final = timedelta(days=30)

log = structlog.get_logger(__name__)


class JsonJob(Job):
    """An entry of the queue whose arguments are JSON, never pickled Python: reading one runs nothing."""

    def __init__(self, id: str | None = None, connection: Redis | None = None, serializer: Any = None) -> None:
        super().__init__(id=id, connection=connection, serializer=JSONSerializer)


class RedisBackend(RQBackend):
    """Queues on Redis what the transaction around it commits; a rollback leaves nothing."""

    _left_alone_until = 0.0  # on the monotonic clock

    @cached_property
    def queue(self) -> Queue:
        """The one queue, with one pool of connections for this process."""
        return django_rq.get_queue("default", job_class=JsonJob, serializer=JSONSerializer)

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Queue a task when the transaction is committed; at once where there is none.

        The result's id is that of the entry, so that it can be stored in the same transaction. Where Redis does
        not answer then, the log says so; whoever asks for the entry finds none (`apps.tasks.recovery`).
        """
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=normalize_json(list(args)),
            kwargs=normalize_json(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        transaction.on_commit(partial(self._put, result))
        return result

    def get_result(self, result_id: str) -> TaskResult:
        """What became of an entry.

        Raises:
            TaskResultDoesNotExist: when there is none.
        """
        try:
            job = JsonJob.fetch(result_id, connection=self.queue.connection)
        except NoSuchJobError as gone:
            raise TaskResultDoesNotExist(result_id) from gone
        assert isinstance(job, JsonJob)
        result: TaskResult = job.task_result
        return result

    def answers(self) -> bool:
        """Whether Redis answers; may wait for as long as its timeouts let it."""
        try:
            return bool(self.queue.connection.ping())
        except RedisError as error:
            log.warning("readiness.redis_failed", error=type(error).__name__)
            return False

    def check(self, **_kwargs: Any) -> Iterable[CheckMessage]:
        """Nothing: the settings have seen to it, and the library's own asks for an app that is not needed."""
        return ()

    def _put(self, result: TaskResult) -> None:
        task = result.task
        job = self.queue.create_job(
            task.module_path,
            args=result.args,
            kwargs=result.kwargs,
            job_id=result.id,
            timeout=int(LONGEST_RUN.total_seconds()),
            failure_ttl=int(FAILURES_ARE_KEPT_FOR.total_seconds()),
            status=JobStatus.SCHEDULED if task.run_after else JobStatus.QUEUED,
            retry=Retry(max=MAX_TRIES - 1, interval=list(TRIED_AGAIN_AFTER)),
            on_failure=Callback(failed_callback),
            on_success=Callback(success_callback),
            meta={"backend_name": self.alias},
        )
        try:
            if time.monotonic() < self._left_alone_until:
                raise RedisTimeoutError("Redis did not answer a moment ago")
            if task.run_after:
                self.queue.schedule_job(job, task.run_after)
            else:
                self.queue.enqueue_job(job)
        except RedisError as error:
            log.error("task.not_queued", task=task.module_path, task_id=result.id, error=str(error))
            if isinstance(error, RedisTimeoutError) and time.monotonic() >= self._left_alone_until:
                self._left_alone_until = time.monotonic() + LEFT_ALONE_SECONDS
        else:
            task_enqueued.send(type(self), task_result=result)
