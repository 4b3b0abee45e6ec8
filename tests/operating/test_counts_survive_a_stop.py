"""What web server workers have counted is written when they are stopped, not only every few seconds."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.operating.serving import ROOT, STOP_SECONDS, Serving

CALLS = 20
CHALLENGES = 8  # no more than one address may have open
SUM = "SELECT COALESCE(SUM(count), 0) FROM api_keys_keyusage"
ISSUED = "SELECT COALESCE(SUM(issued), 0) FROM protection_trafficday"


def provisioned(data_dir: Path, database_url: str) -> dict[str, Any]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    words = ["provision", "--email", "alice@people.example", "--account", "Alice", "--json"]
    answer = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(data_dir), "DATABASE_URL": database_url},
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def call(serving: Serving, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=5)
    try:
        connection.request("GET", "/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def ask(serving: Serving, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=5)
    try:
        text = json.dumps(body) if body else None
        connection.request(method, path, text, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()
        return json.loads(answer.read())
    finally:
        connection.close()


def counted(data_dir: Path, database_url: str, query: str = SUM) -> int:
    if database_url:
        with psycopg.connect(database_url) as server:
            [(calls,)] = server.execute(query).fetchall()
            return int(calls)
    with closing(sqlite3.connect(data_dir / "gatehouse.sqlite3")) as file:
        return int(file.execute(query).fetchone()[0])


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_a_stopped_server_has_written_every_call(serve, tmp_path, own_database_url, stop):
    serving = serve()
    serving.wait_until_it_runs()
    token = provisioned(tmp_path, own_database_url)["api_key"]
    assert [call(serving, token) for _ in range(CALLS)] == [200] * CALLS

    os.killpg(serving.process.pid, stop)

    assert serving.process.wait(STOP_SECONDS) == 0, serving.output()
    assert counted(tmp_path, own_database_url) == CALLS


def test_a_stopped_server_has_written_every_challenge(serve, tmp_path, own_database_url):
    serving = serve()
    serving.wait_until_it_runs()
    made = provisioned(tmp_path, own_database_url)
    body = {"name": "Shop", "allowedOrigins": ["https://shop.example"], "accountId": made["account_id"]}
    site = ask(serving, "POST", "/api/v1/sites", {"Authorization": f"Bearer {made['api_key']}"}, body)
    for _ in range(CHALLENGES):
        ask(serving, "GET", f"/challenge?sitekey={site['siteKey']}", {"Origin": "https://shop.example"})

    os.killpg(serving.process.pid, signal.SIGTERM)

    assert serving.process.wait(STOP_SECONDS) == 0, serving.output()
    assert counted(tmp_path, own_database_url, ISSUED) == CHALLENGES
