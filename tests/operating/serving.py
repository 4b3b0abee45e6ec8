"""`manage.py serve` in a process group of its own, as a terminal would start it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.run import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 45
STOP_SECONDS = 15


class Serving:
    """`manage.py serve` in a process group of its own, as a terminal would start it."""

    def __init__(self, data_dir: Path, database_url: str, **environment: str) -> None:
        self.port = free_port()
        self.log = data_dir / f"output {self.port}"
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
        return self.call("GET", path)[1]

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        """Status and JSON of an answer, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def is_running(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(listed) and not listed.startswith("Z")
