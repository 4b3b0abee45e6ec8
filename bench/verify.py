"""What a verification and a challenge cost: `.venv/bin/python bench/verify.py`.

POST /api/v1/verify is asked through the WSGI application in one process, with and without its conditional write, in
turn in one run, by one caller and by several at once; then GET /challenge. On a database of its own; DATABASE_URL
chooses another one, which is migrated and written to. Each solution is another and is spent once. The processor's time
of this process is told beside the rate: it depends less on what else the machine does.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
ROUNDS: Final = 5
CALLS: Final = 400  # of each kind in a round
CALLERS: Final = (1, 8)
ORIGIN: Final = "https://shop.example"
MANY: Final = "1000000000"


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {"DATA_DIR": folder, "LOG_LEVEL": "CRITICAL", "DJANGO_SETTINGS_MODULE": "config.settings"}
        limits = ("VERIFY_REQUESTS_PER_MINUTE", "CHALLENGE_REQUESTS_PER_MINUTE")
        os.environ |= environment | dict.fromkeys(limits, MANY) | {"ALLOWED_HOSTS": "localhost"}
        import django
        from django.core.management import call_command

        django.setup()
        for command in ("migrate", "createcachetable"):
            call_command(command, verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        from config.wsgi import application  # once the files that it serves are collected

        measure(application)


def measure(application: Any) -> None:
    """Ask, in turn, and print what came of it."""
    from django.db import connection

    from apps.audit import clock
    from apps.protection import recording, verifying

    site, secret = make_site()
    print(f"{connection.vendor}: requests a second and processor time, medians of {ROUNDS} rounds of {CALLS}")

    def verify(solution: str) -> None:
        with clock.at(clock.now() + timedelta(seconds=10)):
            body = {"siteKey": site.site_key, "secret": secret, "solution": solution}
            answer = call(application, "POST", "/api/v1/verify", body)
        assert json.loads(answer)["success"], answer

    def challenge(number: str) -> None:
        assert b"parameters" in call(application, "GET", f"/challenge?sitekey={site.site_key}", address=number)

    for callers in CALLERS:
        rates: dict[str, list[Rate]] = {"verify": [], "verify without its write": [], "challenge": []}
        for turn in range(ROUNDS):
            rates["verify"].append(rate(verify, solutions(site, CALLS), callers))
            with mock.patch.object(verifying, "spend", return_value=1):
                rates["verify without its write"].append(rate(verify, solutions(site, CALLS), callers))
            addresses = [f"10.{callers}.{2 * turn + number // 250}.{number % 250}" for number in range(CALLS)]
            rates["challenge"].append(rate(challenge, addresses, callers))
        print_rates(callers, rates)
    recording._flusher.stop()


class Rate(NamedTuple):
    """What asking many times took: how many a second, and milliseconds of the processor for each."""

    per_second: float
    cpu_ms: float


def print_rates(callers: int, rates: dict[str, list[Rate]]) -> None:
    """One line for each kind, and each as a part of a verification without its write."""
    medians = {name: Rate(*map(statistics.median, zip(*found, strict=True))) for name, found in rates.items()}
    bare = medians["verify without its write"]
    for name, found in medians.items():
        rate, cpu = found.per_second / bare.per_second, bare.cpu_ms / found.cpu_ms
        print(
            f"{callers:2} at once  {name:26} {found.per_second:8.0f} /s {rate:7.1%} {found.cpu_ms:7.2f} ms {cpu:7.1%}"
        )


def rate(ask: Callable[[str], None], asked: list[str], callers: int) -> Rate:
    """Ask for each, by so many at once."""
    from django.db import connections

    with ThreadPoolExecutor(callers, initializer=connections.close_all) as pool:
        begin, cpu = time.perf_counter(), time.process_time()
        list(pool.map(ask, asked))
        spent, busy = time.perf_counter() - begin, time.process_time() - cpu
        list(pool.map(lambda _: connections.close_all(), range(callers)))
    return Rate(len(asked) / spent, busy / len(asked) * 1000)


def call(application: Any, method: str, path: str, body: Any = None, *, address: str = "203.0.113.7") -> bytes:
    """One request, as a server hands it to the application; the answer's body."""
    sent = json.dumps(body).encode() if body is not None else b""
    environment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": ORIGIN,
        "REMOTE_ADDR": address,
        "CONTENT_TYPE": "application/json" if sent else "",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": io.BytesIO(sent),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    answer = application(environment, lambda *_: None)
    try:
        return b"".join(answer)
    finally:
        answer.close()


def make_site() -> tuple[Any, str]:
    """A site whose challenges are quick to solve, and its secret."""
    from apps.accounts.operations import found_account
    from apps.audit.record import Source
    from apps.permissions.actor import system
    from apps.sites.operations import create_site

    source = Source("bench")
    account = found_account(system(source), name="Bench")
    made = create_site(system(source, account.pk), name="Shop", allowed_origins=[ORIGIN])
    made.site.level, made.site.growth = 1, "constant"
    made.site.save()
    return made.site, made.secret.reveal()


def solutions(site: Any, count: int) -> list[str]:
    """Fresh ones, each of another address."""
    from apps.protection.issuing import issue_challenge
    from apps.protection.visitors import Visitor

    issued = [issue_challenge(site, Visitor(f"10.0.{number % 250}.{number // 250}"), ORIGIN) for number in range(count)]
    return [solved(one.parameters, one.signature) for one in issued]


def solved(parameters: dict[str, Any], signature: str) -> str:
    """What a widget sends."""
    from altcha import v2 as altcha

    challenge = altcha.Challenge(altcha.ChallengeParameters.from_dict(parameters), signature)
    found = altcha.solve_challenge(challenge)
    assert found is not None
    return altcha.Payload(challenge, found).to_base64()


if __name__ == "__main__":
    main()
