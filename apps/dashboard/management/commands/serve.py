"""`manage.py serve`: prepare everything, then run the web server and the task worker until told to stop."""

import errno
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.environment import env, number

POLL_SECONDS = 0.1
READY_WITHIN_SECONDS = 60.0
STOP_WITHIN_SECONDS = 10.0
SAME_REQUEST_SECONDS = 1.0  # make passes a signal on that the process group already got
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """Prepares database and static files, then keeps the web server and the task worker running together."""

    help = "Prepare everything, then run the web server and the task worker until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.str("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=number("PORT", 8000))

    def handle(self, *, host: str, port: int, **_options: Any) -> None:
        stop = StopRequest()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)  # a container's log shows the address when it is printed
        _refuse_taken_port(host, port)
        address = f"http://{_shown(host)}:{port}"
        self._prepare(address)
        stop.is_preparing = False
        worker = "rq_worker" if settings.TASKS_ARE_ON_REDIS else "db_worker"
        pair = Pair([("web server", web_server(host, port)), ("task worker", [sys.executable, "manage.py", worker])])
        try:
            pair.start()
            self._watch(pair, stop, host, port, address)
        finally:
            pair.stop(stop)
        self.stdout.write("Stopped.")

    def _prepare(self, address: str) -> None:
        """Migrate, collect static files, give an empty database something to begin with, and say how to sign in."""
        self.stdout.write("Preparing the database and the static files ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if env.bool("DEMO", settings.DEVELOPMENT):
            call_command("demo", stdout=self.stdout)
        else:
            reached_at = address if settings.DEVELOPMENT else settings.BASE_URL  # a proxy stands in front of it there
            call_command("first_owner_link", base_url=reached_at, stdout=self.stdout)
        connections.close_all()

    def _watch(self, pair: "Pair", stop: "StopRequest", host: str, port: int, address: str) -> None:
        """Print the address once it answers, and return when a signal came.

        Raises:
            CommandError: when one of the two ended by itself.
        """
        late_at = time.monotonic() + READY_WITHIN_SECONDS
        waiting = True
        while not stop.is_asked:
            if ended := pair.ended():
                raise CommandError(f"The {ended} ended by itself. Its last words are above.")
            if waiting and _is_ready(host, port):
                self.stdout.write(f"Gatehouse runs on {address}. Press Ctrl-C to stop it.")
                waiting = False
            elif waiting and time.monotonic() > late_at:
                self.stderr.write(
                    f"Not ready after {READY_WITHIN_SECONDS:.0f} s. {address}/readyz tells what is missing."
                )
                waiting = False
            time.sleep(POLL_SECONDS)


class StopRequest:
    """The signals that ask to stop. While things are prepared, the first one ends the command at once."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_urgent = False
        self.is_preparing = True
        self._asked_at = 0.0
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, self._received)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_preparing:
            sys.exit(0)
        if not self.is_asked:
            self.is_asked, self._asked_at = True, time.monotonic()
        elif time.monotonic() - self._asked_at > SAME_REQUEST_SECONDS:
            self.is_urgent = True


class Pair:
    """The child processes, each in a session of its own, so that the terminal's Ctrl-C reaches only this process."""

    def __init__(self, commands: Sequence[tuple[str, list[str]]]) -> None:
        self._commands = commands
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self) -> None:
        """Start them all."""
        environment = {**os.environ, "DATA_DIR": str(settings.DATA_DIR)}
        for name, command in self._commands:
            process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)  # noqa: S603
            self._running.append((name, process))

    def ended(self) -> str:
        """The name of one that has ended, or nothing."""
        return next((name for name, process in self._running if process.poll() is not None), "")

    def stop(self, stop: StopRequest) -> None:
        """Ask each to end, and kill what is left after 10 seconds or when asked a second time."""
        for _, process in self._running:
            with suppress(ProcessLookupError):
                process.terminate()
        give_up_at = time.monotonic() + STOP_WITHIN_SECONDS
        while any(process.poll() is None for _, process in self._running):
            if time.monotonic() > give_up_at or stop.is_urgent:
                break
            time.sleep(POLL_SECONDS)
        for _, process in self._running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # with all that it started
            process.wait()


def web_server(host: str, port: int) -> list[str]:
    """The command line of the web server: a process a core, two requests at a time in each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(cores),
        "--blocking-threads": "2",
        "--workers-kill-timeout": str(int(STOP_WITHIN_SECONDS) - 2),
        "--log-level": "warning",
    }
    flags = ["--no-ws", "--no-access-log", "--respawn-failed-workers"]
    return [
        sys.executable,
        "-m",
        "granian",
        *(word for option in options.items() for word in option),
        *flags,
        "config.wsgi:application",
    ]


def _refuse_taken_port(host: str, port: int) -> None:
    """Refuse to start beside another server: the web server shares its port and would not notice.

    Raises:
        CommandError: saying what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise CommandError(f"Port {port} is taken: stop what runs there, or choose another with PORT=.") from error
        raise CommandError(f"Cannot listen on {host} port {port}: {error}. HOST= and PORT= change it.") from error


def _shown(host: str) -> str:
    """`host` as a browser on this machine would reach it."""
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"[{local}]" if ":" in local and not local.startswith("[") else local


def _is_ready(host: str, port: int) -> bool:
    """Whether the server says that it is ready, asked under a name that it answers to."""
    name = next((allowed for allowed in settings.ALLOWED_HOSTS if allowed[:1] not in {"*", "."}), "localhost")
    connection = http.client.HTTPConnection(_shown(host).strip("[]"), port, timeout=3)
    try:
        connection.request("GET", "/readyz", headers={"Host": name})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
