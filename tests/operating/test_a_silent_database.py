"""PostgreSQL keeps its connections and accepts new ones, but says nothing: requests are refused in time, and work again
as soon as it goes on.
"""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.operating.conftest import end
from tests.operating.serving import Serving
from tests.operating.shop import make_shop, solution_from
from tests.run import cluster, find_postgresql

CLIENTS = 10
ROUNDS = 3
AT_MOST_SECONDS = 3.0
BACK_WITHIN_SECONDS = 5.0
DELAY = 3.1  # seconds; the shortest that a site can have is 3
HALF = {"name": "Half", "settings": {"domains": ["half.example"]}}


class Frozen:
    """A cluster whose processes can be stopped where they are."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        self._postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])
        self._stopped: list[int] = []

    def freeze(self) -> None:
        """Stop the postmaster, so that it starts no more, and then all that it has started."""
        os.kill(self._postmaster, signal.SIGSTOP)
        self._stopped.append(self._postmaster)
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        for pid, parent in (map(int, line.split()) for line in listed.splitlines()):
            if parent == self._postmaster:
                os.kill(pid, signal.SIGSTOP)
                self._stopped.append(pid)

    def go_on(self) -> None:
        """Let all of them go on."""
        while self._stopped:
            os.kill(self._stopped.pop(), signal.SIGCONT)


@pytest.fixture
def database() -> Iterator[Frozen]:
    """A cluster that nothing else uses: others must not stand still with it."""
    programs = find_postgresql()
    if not os.environ.get("DATABASE_URL", "").startswith("postgres") or programs is None:
        pytest.skip("About PostgreSQL alone, and needs its programs.")
    with cluster(programs) as url:
        frozen = Frozen(url)
        try:
            yield frozen
        finally:
            frozen.go_on()


@pytest.fixture
def shop(database: Frozen, tmp_path: Path) -> Iterator[tuple[Serving, dict[str, str]]]:
    """A server on that cluster with one site."""
    serving = Serving(tmp_path, database.url)
    serving.wait_until_it_runs()
    yield serving, make_shop(tmp_path, database.url)
    end(serving)


class Answer(NamedTuple):
    """What a client got, and how long it waited for it."""

    status: int
    text: str
    seconds: float


def ask(
    serving: Serving, method: str, path: str, body: Any = None, token: str = "", headers: dict[str, str] | None = None
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
    headers = headers or ({"Authorization": f"Bearer {token}"} if token else {})
    begun_at = time.monotonic()
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return Answer(answer.status, text, time.monotonic() - begun_at)
    finally:
        connection.close()


def test_requests_are_refused_in_time_and_work_again_when_it_goes_on(
    database: Frozen, shop: tuple[Serving, dict[str, str]]
) -> None:
    serving, held = shop
    address = f"http://127.0.0.1:{serving.port}"
    solution = solution_from(address, held["sitekey"])
    asks: list[Callable[[], Answer]] = [
        lambda: ask(serving, "POST", "/siteverify", {"secret": held["secret"], "token": solution}),
        lambda: ask(serving, "POST", "/sites/create", HALF, held["key"]),
        lambda: ask(serving, "GET", "/api/v1/whoami", token=held["key"]),
        lambda: ask(serving, "GET", "/readyz"),
        lambda: ask(serving, "GET", "/sitekeys/", headers={"Cookie": f"gatehouse_session={'a' * 32}"}),
    ]

    def rounds(number: int) -> list[Answer]:
        return [asks[(number + round_) % len(asks)]() for round_ in range(ROUNDS)]

    time.sleep(DELAY)
    database.freeze()
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = [answer for each in clients.map(rounds, range(CLIENTS)) for answer in each]
    database.go_on()

    assert {answer.status for answer in answers} == {503}
    assert max(answer.seconds for answer in answers) < AT_MOST_SECONDS
    assert not any('"verified":true' in answer.text.replace(" ", "") for answer in answers)
    works_again(serving, held)
    again = [ask(serving, "POST", "/siteverify", {"secret": held["secret"], "token": solution}) for _ in range(2)]
    assert [json.loads(answer.text)["verified"] for answer in again] == [True, False]
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT name FROM sites_site").fetchall() == [("Shop",)]
    assert ask(serving, "POST", "/sites/create", HALF, held["key"]).status == 200
    assert "Traceback" not in serving.output()


def works_again(serving: Serving, held: dict[str, str]) -> None:
    """Every process answers again within seconds; so many requests reach them all."""
    give_up_at = time.monotonic() + BACK_WITHIN_SECONDS
    while {ask(serving, "GET", "/api/v1/whoami", token=held["key"]).status for _ in range(24)} != {200}:
        assert time.monotonic() < give_up_at, serving.output()


def test_a_statement_that_takes_long_is_waited_for(database: Frozen, shop: tuple[Serving, dict[str, str]]) -> None:
    serving, held = shop
    with psycopg.connect(database.url) as connection:
        connection.execute("LOCK TABLE sites_site IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as client:
            waiting = client.submit(ask, serving, "POST", "/sites/get", {}, held["key"])
            time.sleep(AT_MOST_SECONDS + 1)
            assert not waiting.done()
            connection.rollback()
            answer = waiting.result(5)

    assert answer.status == 200
    assert "database.silent" not in serving.output()
