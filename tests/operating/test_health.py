"""What a load balancer learns: whether this process can serve, and what is missing when it cannot."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from apps.audit import clock
from apps.dashboard import health
from apps.tasks.models import FRESH_FOR, WorkerHeartbeat


@pytest.fixture
def living_worker(transactional_db) -> WorkerHeartbeat:
    return WorkerHeartbeat.objects.create(worker_id="one", beat_at=clock.now())


def test_a_process_is_alive_without_asking_the_database(client):
    answer = client.get("/livez")  # a query would fail: this test has no database

    assert answer.json() == {"status": "ok"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.usefixtures("living_worker")
def test_a_server_with_database_migrations_and_worker_is_ready(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "worker": "ok"}}
    assert "no-store" in answer["Cache-Control"]


def test_a_server_whose_worker_fell_silent_is_not_ready(client, living_worker):
    WorkerHeartbeat.objects.update(beat_at=clock.now() - FRESH_FOR - timedelta(seconds=1))

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "worker": "failing"}


@pytest.mark.usefixtures("living_worker")
def test_a_server_with_waiting_migrations_is_not_ready(client, monkeypatch):
    health._migrated.clear()
    with monkeypatch.context() as patch:
        patch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["one"])
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "migrations": "failing", "worker": "unknown"}
    assert client.get("/readyz").status_code == 200


def test_a_server_without_database_is_not_ready_and_tells_no_details(client, monkeypatch):
    def refuse(*_):
        raise OperationalError("connection to server at 10.0.0.7 failed for user gatehouse")

    monkeypatch.setattr(type(connections["default"]), "cursor", refuse)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failing"
    assert b"10.0.0.7" not in answer.content


def test_a_database_that_says_nothing_is_given_up_within_three_seconds(client, monkeypatch):
    monkeypatch.setattr(health._database, "_ask", lambda: time.sleep(4))
    started_at = time.monotonic()

    answer = client.get("/readyz")

    assert time.monotonic() - started_at < 3
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failing"
