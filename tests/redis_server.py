"""A private Redis for tests: on a free port of this machine, in memory alone, ended by its process."""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis, RedisError

from tests.run import free_port

READY_WITHIN_SECONDS = 10


def find_redis_server() -> str:
    """The path of the server, or nothing."""
    return shutil.which("redis-server") or ""


def require_redis_server() -> None:
    """Skip the test where no server is installed; fail where GATEHOUSE_REQUIRE asks for one."""
    if not find_redis_server():
        assert "redis" not in os.environ.get("GATEHOUSE_REQUIRE", ""), "GATEHOUSE_REQUIRE asks for redis."
        pytest.skip("redis-server was not found: apt-get install redis-server")


class RedisServer:
    """A server that can be stopped and started again, empty each time."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._password = secrets.token_hex(16)
        self._folder = folder
        self.url = f"redis://:{self._password}@127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "save": "",
            "appendonly": "no",
            "dir": str(self._folder),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [find_redis_server(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        give_up_at = time.monotonic() + READY_WITHIN_SECONDS
        while not self._answers():
            assert self.process.poll() is None
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.client.connection_pool.disconnect()

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A server that lives as long as the block."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.client.close()
