"""When a server counts as silent, and what whoever waits for it then does."""

import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.db.backends.postgresql import base as library
from psycopg_pool import PoolTimeout

from config import environment
from config.postgresql import base, silence
from config.postgresql.silence import ServerIsSilentError, Watch, heeding


class Server:
    """Answers when it is let, and then with what it is told to."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.was_asked = threading.Event()
        self.fault: Exception | None = None
        self.refusals: list[bool] = []

    def has_answer(self) -> bool:
        self.was_asked.set()
        self.may_answer.wait(10)
        if self.fault:
            raise self.fault
        return not self.refusals or self.refusals.pop()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """One that says nothing yet; nobody has patience with it."""
    for name in ("ASKED_AFTER_SECONDS", "SILENT_AFTER_SECONDS", "ASKED_EVERY_SECONDS", "NOBODY_WAITS_AFTER_SECONDS"):
        monkeypatch.setattr(silence, name, 0.0)
    made = Server()
    yield made
    made.may_answer.set()


def steps(count: int = 3) -> Generator[Any, Any, str]:
    """What psycopg does while it waits."""
    for _ in range(count):
        yield "readable"
    return "rows"


def driven(waiting: Generator[Any, Any, str], ready: int = 0) -> str:
    """Wait as psycopg does; with 0, nothing ever comes."""
    try:
        next(waiting)
        while True:
            waiting.send(ready)
    except StopIteration as done:
        return str(done.value)


def let_it_end(watch: Watch) -> None:
    """Wait for its thread."""
    if thread := watch._thread:
        thread.join(10)
        assert not thread.is_alive()


def test_a_statement_that_is_answered_asks_nobody(server: Server) -> None:
    assert driven(heeding(steps(), Watch(server.has_answer)), ready=1) == "rows"

    assert not server.was_asked.is_set()


def test_who_waits_for_a_silent_server_gives_up_and_who_comes_later_does_not_begin(server: Server) -> None:
    watch = Watch(server.has_answer)
    with pytest.raises(ServerIsSilentError):
        driven(heeding(steps(10_000_000), watch))
    later = steps()
    with pytest.raises(ServerIsSilentError):
        driven(heeding(later, watch))
    assert next(later) == "readable"  # its first step

    server.may_answer.set()
    let_it_end(watch)

    assert driven(heeding(steps(), watch), ready=1) == "rows"


@pytest.mark.parametrize("fault", [ZeroDivisionError(), None], ids=["a fault of ours", "an answer"])
def test_what_is_no_silence_stops_nobody(server: Server, fault: Exception | None) -> None:
    server.fault = fault
    server.may_answer.set()
    watch = Watch(server.has_answer)
    watch.want()
    let_it_end(watch)

    assert server.was_asked.is_set()
    assert not watch.is_silent


def test_a_server_that_did_not_answer_is_asked_until_it_does(server: Server) -> None:
    server.refusals = [False, False, False]
    server.may_answer.set()
    watch = Watch(server.has_answer)

    watch.want()
    let_it_end(watch)

    assert server.refusals == []
    assert not watch.is_silent


def test_a_server_that_refuses_a_connection_answers_and_one_that_lets_it_time_out_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[Exception] = [psycopg.OperationalError("too many clients"), psycopg.errors.ConnectionTimeout("expired")]

    def refuse(**_: Any) -> None:
        raise said.pop(0)

    monkeypatch.setattr(connections["default"], "get_connection_params", dict, raising=False)
    monkeypatch.setattr(psycopg, "connect", refuse)

    assert [silence.server_answers(), silence.server_answers()] == [True, False]


def test_a_connection_is_waited_for_in_short_turns_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def full(_wrapper: Any, _parameters: Any) -> None:
        tries.append(1)
        raise PoolTimeout("none free")

    monkeypatch.setattr(library.DatabaseWrapper, "get_new_connection", full)
    monkeypatch.setattr(base, "CONNECTED_WITHIN_SECONDS", 0.01)
    settings = environment.database("postgres://u:p@h/d", data_dir=tmp_path)

    with pytest.raises(PoolTimeout):
        base.DatabaseWrapper(settings).get_new_connection({})

    assert len(tries) > 1
    assert settings["OPTIONS"]["pool"]["timeout"] < 1
