"""Whether PostgreSQL still answers, and connections that stop waiting when it does not.

A server that is frozen (a stopped process, a stuck disk, a network that drops everything) accepts connections and
keeps them, but says nothing, and no timeout of libpq ends a statement that waits for it. How long a statement takes
says little: a search may take seconds. So whoever waits for long has a thread ask the server something simple, over
a connection of its own. Only when that is not answered either, everybody gives up.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final, cast

import psycopg
import structlog
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.abc import RV, PQGen

ASKED_AFTER_SECONDS: Final = 0.8  # of waiting
SILENT_AFTER_SECONDS: Final = 1.2  # of asking in vain; with the wait before it well within 3 seconds
ASKED_EVERY_SECONDS: Final = 0.3
NOBODY_WAITS_AFTER_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


class ServerIsSilentError(psycopg.OperationalError):
    """PostgreSQL has stopped answering."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL has stopped answering.")


class Watch:
    """Asks the server while somebody waits for it, and knows whether it is silent. One for a process.

    Args:
        has_answer: asks the server, and says whether it answered, a refusal included; may take seconds.

    Attributes:
        is_heeded: whether this process gives up when the server is silent. A web server does; what has time, such
            as a worker, a migration or a command, waits.
    """

    def __init__(self, has_answer: Callable[[], bool]) -> None:
        self.is_heeded = False
        self._has_answer = has_answer
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted_at = 0.0
        self._unanswered_since: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the server was asked, and has not answered for too long."""
        return self._unanswered_for() > SILENT_AFTER_SECONDS

    def want(self) -> None:
        """Have the server asked, now and for the next moments. Waits for nothing."""
        self._wanted_at = time.monotonic()
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._rounds, name="postgresql-watch", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads to be had: whoever waits next tries again
                log.warning("database.not_asked", error=str(error))
                return
            self._thread = thread

    def _rounds(self) -> None:
        """Ask until the server answers and nobody waits."""
        is_wanted = True
        while is_wanted:
            asked_at = time.monotonic()
            if self._unanswered_since is None:
                self._unanswered_since = asked_at
            if self._is_answered():
                if self.is_silent:
                    log.warning("database.answers_again", after_seconds=round(self._unanswered_for(), 1))
                self._unanswered_since = None
            elif self._unanswered_since == asked_at:
                log.error("database.silent")
            time.sleep(ASKED_EVERY_SECONDS)
            is_wanted = self._is_wanted()

    def _unanswered_for(self) -> float:
        since = self._unanswered_since
        return time.monotonic() - since if since is not None else 0.0

    def _is_wanted(self) -> bool:
        with self._starting:
            is_wanted = self._unanswered_since is not None or (
                time.monotonic() - self._wanted_at < NOBODY_WAITS_AFTER_SECONDS
            )
            if not is_wanted:
                self._thread = None
            return is_wanted

    def _is_answered(self) -> bool:
        try:
            return self._has_answer()
        except Exception:  # a fault of ours must not look like a silent server, nor end the thread
            log.exception("database.not_asked")
            return True


def server_answers() -> bool:
    """Whether PostgreSQL answers a connection of its own.

    A refused one is an answer: whoever waits learns by themselves that the server is gone or full.
    """
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    try:
        connection = psycopg.connect(**{**parameters, "autocommit": True})
    except psycopg.errors.ConnectionTimeout:
        return False
    except psycopg.Error:
        return True
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    finally:
        connection.close()
    return True


watch: Final = Watch(server_answers)


class HeedingConnection(psycopg.Connection[Any]):
    """A connection that is given up when the server is silent, in the processes that heed it."""

    def wait(self, gen: PQGen[RV], *args: Any, **kwargs: Any) -> RV:
        """Wait for the server.

        Raises:
            ServerIsSilentError: when it is silent. The connection is closed then: its answer would come too late.
        """
        if not watch.is_heeded:
            return super().wait(gen, *args, **kwargs)
        try:
            return super().wait(heeding(gen, watch), *args, **kwargs)
        except ServerIsSilentError:
            self.pgconn.finish()
            raise


def heeding(waiting: PQGen[RV], watch: Watch) -> PQGen[RV]:
    """What a connection waits for, given up when the server is silent.

    Args:
        waiting: psycopg's steps, between which it waits for the socket; it comes back every tenth of a second.
        watch: knows whether the server is silent.

    Raises:
        ServerIsSilentError: when it is.
    """
    if watch.is_silent:
        raise ServerIsSilentError
    heard_at = time.monotonic()
    try:
        needed = next(waiting)
        while True:
            ready = yield needed
            if ready:
                heard_at = time.monotonic()
            elif watch.is_silent:
                raise ServerIsSilentError
            elif time.monotonic() - heard_at > ASKED_AFTER_SECONDS:
                watch.want()
            needed = waiting.send(ready)
    except StopIteration as done:
        return cast(RV, done.value)
