"""One command runs web server and task worker, and ends both."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.operating.serving import START_SECONDS, STOP_SECONDS, is_running


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_the_web_server_and_the_task_worker(serve, presses):
    serving = serve()
    serving.wait_until_it_runs()
    assert serving.ask("/readyz")["checks"] == {"database": "ok", "migrations": "ok", "worker": "ok"}
    children = serving.children()
    assert len(children) >= 3

    for _ in range(presses):
        serving.interrupt()

    assert serving.process.wait(STOP_SECONDS) == 0, serving.output()
    assert [pid for pid in children if is_running(pid)] == []
    assert "Traceback" not in serving.output()
    assert serving.output().rstrip().endswith("Stopped.")


def test_a_first_start_without_demo_prints_the_link_for_the_first_owner_and_keeps_its_secrets(serve, tmp_path):
    serving = serve()
    serving.wait_until_it_runs()
    serving.interrupt()
    serving.process.wait(STOP_SECONDS)

    assert f"http://127.0.0.1:{serving.port}/" in serving.output()
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "peppers").stat().st_mode & 0o777 == 0o600


def test_when_the_task_worker_dies_everything_stops_and_says_so(serve):
    serving = serve()
    serving.wait_until_it_runs()
    children = serving.children()
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines()]
    (worker,) = [int(pid) for pid, words in lines if int(pid) in children and "db_worker" in words]

    os.kill(worker, signal.SIGKILL)

    assert serving.process.wait(STOP_SECONDS) == 1
    assert "The task worker ended by itself" in serving.output()
    assert [pid for pid in children if is_running(pid)] == []


def test_a_port_that_is_taken_is_refused_before_anything_starts(serve, tmp_path, live_port):
    serving = serve(PORT=str(live_port))

    assert serving.process.wait(START_SECONDS) == 1
    assert serving.output().strip() == (
        f"CommandError: Port {live_port} is taken: stop what runs there, or choose another with PORT=."
    )
    assert not (tmp_path / "gatehouse.sqlite3").exists()


@pytest.fixture
def live_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_product_is_tested_on_the_database_that_was_asked_for():
    asked_for = os.environ.get("DATABASE_URL", "")
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]

    assert engine == ("postgresql" if asked_for.startswith("postgres") else "sqlite3")
