"""Servers of one's own, on a database of their own."""

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.operating.serving import Serving, is_running


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a database that nothing else uses, of the kind that this run tests: on SQLite, the data
    directory's, which has none.
    """
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
def own_database_url() -> Iterator[str]:
    """A database of the test's own; see `own_database`."""
    with own_database() as url:
        yield url


def end(serving: Serving) -> None:
    """Kill a server with all that it started."""
    left = serving.children()
    if serving.process.poll() is None:
        serving.process.kill()
        serving.process.wait()
    for pid in left:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def serve(tmp_path: Path, own_database_url: str) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(**environment: str) -> Serving:
        started.append(Serving(tmp_path, own_database_url, **environment))
        return started[-1]

    yield start
    for serving in started:
        end(serving)
