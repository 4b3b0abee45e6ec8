"""One command runs web server and task worker, and ends both."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.run import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 45
STOP_SECONDS = 15


class Serving:
    """`manage.py serve` in a process group of its own, as a terminal would start it."""

    def __init__(self, data_dir: Path, database_url: str, **environment: str) -> None:
        self.port = free_port()
        self.log = data_dir / "output"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        fixed = {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "PORT": str(self.port), "DEMO": "0"}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env={**kept, **fixed, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_until_it_runs(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while "Gatehouse runs on" not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < give_up_at, self.output()
            time.sleep(0.1)

    def children(self) -> list[int]:
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
        direct = [pid for pid, parent in pairs if parent == self.process.pid]
        return direct + [pid for pid, parent in pairs if parent in direct]

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def is_running(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


@pytest.fixture
def own_database_url() -> Iterator[str]:
    """A database that nothing else uses, of the kind that this run tests: on SQLite, the data directory's."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    name = f"serve_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{url.rpartition('/')[0]}/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def serve(tmp_path: Path, own_database_url: str) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(**environment: str) -> Serving:
        started.append(Serving(tmp_path, own_database_url, **environment))
        return started[-1]

    yield start
    for serving in started:
        left = serving.children()
        if serving.process.poll() is None:
            serving.process.kill()
            serving.process.wait()
        for pid in left:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)


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
