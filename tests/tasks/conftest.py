"""Tasks that create sites, and workers to do them: in the test itself, or as processes of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import F
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from apps.permissions.actor import Actor
from apps.tasks.models import FRESH_FOR, Task, TaskItem, WorkerHeartbeat
from apps.tasks.running import run_task
from apps.tasks.work import start_task
from tests.operating.serving import ROOT
from tests.people import Person

Start = Callable[..., Task]


def sites_named(*names: str) -> list[dict[str, Any]]:
    """The inputs of a task that creates these sites."""
    return [{"name": name, "allowed_origins": [f"https://{name.lower()}.example"]} for name in names]


def many_sites(count: int) -> list[dict[str, Any]]:
    """The inputs of a task that creates this many sites."""
    return sites_named(*(f"Site-{number}" for number in range(count)))


@pytest.fixture
def start(alice: Person) -> Start:
    """Starts a task, of Alice's unless told otherwise."""

    def starting(inputs: list[dict[str, Any]], actor: Actor | None = None, **more: Any) -> Task:
        more = {"kind": "sites.create", "title": "Import", **more}
        return start_task(actor or alice.actor, inputs=inputs, **more)

    return starting


def work(task: Task) -> Task:
    """Do the task here and now, as a worker does that takes its entry from the queue; the task as it is then."""
    entry = DBTaskResult.objects.get(pk=task.queue_id)
    entry.claim("here")
    entry.set_successful(run_task.call(str(task.pk)))
    return Task.objects.with_counts().get(pk=task.pk)


def let_the_last_minute_pass() -> None:
    """Make dead whatever worker has not given a sign of life since."""
    WorkerHeartbeat.objects.update(beat_at=_before(WorkerHeartbeat, "beat_at"))
    Task.objects.update(created_at=_before(Task, "created_at"))
    longer = FRESH_FOR + timedelta(seconds=5)
    Task.objects.update(queued_at=F("queued_at") - longer)
    TaskItem.objects.exclude(finished_at=None).update(finished_at=F("finished_at") - longer)
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        assert row.started_at
        DBTaskResult.objects.filter(pk=row.pk).update(started_at=row.started_at - longer)


def _before(model: Any, field: str) -> Any:
    earliest = model.objects.order_by(field).values_list(field, flat=True).first()
    return earliest - FRESH_FOR - timedelta(seconds=5) if earliest else None


class WorkerProcess:
    """`manage.py db_worker`, or another command, on the database of the test."""

    def __init__(self, *words: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *(words or ("db_worker", "--no-startup-delay"))],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": _test_database(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def ends_within(self, seconds: float) -> int:
        """Its exit code, once it ended by itself or was asked to.

        Raises:
            TimeoutExpired: when it did not.
        """
        return self.process.wait(seconds)

    def ask_to_stop(self) -> None:
        """As a terminal or a service manager asks."""
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def start_worker() -> Iterator[Callable[..., WorkerProcess]]:
    """Starts worker processes, and ends those that are left."""
    started: list[WorkerProcess] = []

    def starting(*words: str, **environment: str) -> WorkerProcess:
        started.append(WorkerProcess(*words, **environment))
        return started[-1]

    yield starting
    for worker in started:
        worker.kill()


def _test_database() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
