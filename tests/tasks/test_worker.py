"""The worker shows that it lives, and outlives its database."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django_tasks_db.management.commands import db_worker

from apps.audit import clock
from apps.tasks import housekeeping, worker
from apps.tasks.models import WorkerHeartbeat


@pytest.fixture
def a_worker() -> worker.Worker:
    return worker.Worker(
        worker_id="one",
        queue_names=["default"],
        excluded_queue_names=[],
        interval=0.0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
    )


@pytest.fixture
def _signals_untouched(monkeypatch):
    monkeypatch.setattr(db_worker.Worker, "configure_signals", lambda self: None)


@pytest.mark.django_db(transaction=True)
def test_a_worker_has_a_sign_of_life_while_it_works_and_none_afterwards(a_worker):
    with worker.Heart(a_worker, every=0.05).beating():
        assert WorkerHeartbeat.objects.fresh(clock.now()).filter(worker_id="one").exists()

    assert not WorkerHeartbeat.objects.exists()


@pytest.mark.django_db
def test_a_sign_of_life_moves_on_with_each_beat(a_worker):
    heart = worker.Heart(a_worker)
    now = clock.now()
    heart.beat(now - timedelta(minutes=5))
    heart.beat(now)

    assert WorkerHeartbeat.objects.get().beat_at == now


@pytest.mark.django_db
def test_a_renamed_worker_lives_under_its_new_name_alone(a_worker):
    heart = worker.Heart(a_worker)
    heart.beat(clock.now())
    a_worker.worker_id = "two"
    heart.beat(clock.now())

    assert WorkerHeartbeat.objects.get().worker_id == "two"


def test_a_worker_waits_for_a_lost_database_and_begins_anew_under_another_name(a_worker, monkeypatch):
    names = []

    def work(self: worker.Worker) -> None:
        names.append(self.worker_id)
        if len(names) < 3:
            raise OperationalError("the connection is closed")

    monkeypatch.setattr(db_worker.Worker, "run", work)
    monkeypatch.setattr(worker, "DATABASE_RETRY_SECONDS", 0)

    a_worker.run()

    assert names[0] == "one"
    assert len(set(names)) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_signals_untouched")
def test_the_command_runs_what_is_queued():
    Session.objects.create(session_key="old", expire_date=clock.now() - timedelta(days=1))
    result = housekeeping.purge_sessions.enqueue()

    call_command("db_worker", batch=True, interval=0.0, startup_delay=False)

    result.refresh()
    assert result.return_value == 1
    assert not Session.objects.exists()
    assert not WorkerHeartbeat.objects.exists()


def test_the_command_refuses_to_reload_code_under_a_running_task():
    with pytest.raises(CommandError, match="does not reload"):
        call_command("db_worker", reload=True)
