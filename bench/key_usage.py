"""What counting the use of keys costs a call: `.venv/bin/python bench/key_usage.py`.

The same authenticated call is made with and without counting, in turn, in one process, while the thread that
writes the counts does its work; then counting alone is measured. On a database of its own. DATABASE_URL chooses
another database; it is migrated and written to.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
CALLS = 3000
COUNTS = 200_000


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        limits = {"API_REQUESTS_PER_MINUTE": "1000000000"}
        settings = {"DATA_DIR": folder, "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
        os.environ |= settings | limits
        import django

        django.setup()
        measure()


def measure() -> None:
    """Prepare the database, call, and count."""
    from django.core.management import call_command
    from django.test import Client

    from apps.api_keys import usage
    from apps.api_keys.usage_models import CallOutcome, KeyUsage

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    key = make_key()
    client = Client(headers={"Authorization": f"Bearer {key.token.reveal()}", "Host": "localhost"})

    def call() -> None:
        assert client.get("/api/v1/whoami").status_code == 200

    def uncounted(*_args: object, **_facts: object) -> None:
        return None

    compare(call, {"counted": usage.count, "not counted": uncounted, "counted again": usage.count})
    begin = time.perf_counter()
    for _ in range(COUNTS):
        usage.count(key.key.pk, "whoami", CallOutcome.DONE, address="203.0.113.7")
    print(f"counting alone {(time.perf_counter() - begin) / COUNTS * 1e6:.2f} µs")
    usage._flusher.stop()
    print(f"{sum(KeyUsage.objects.values_list('count', flat=True))} calls are in the database")


def make_key() -> Any:
    """A key of an owner."""
    from apps.accounts.operations import add_member, create_verified_person, found_account
    from apps.api_keys.operations import create_key
    from apps.audit.record import Source
    from apps.permissions.actor import system
    from apps.permissions.roles import Role

    source = Source("bench")
    account = found_account(system(source), name="Bench")
    person = create_verified_person(email="bench@people.example", name="Bench", password="a long enough pass phrase")
    add_member(system(source, account.pk), account=account, person=person, role=Role.OWNER)
    actor = system(source, account.pk)
    return create_key(actor, name="Bench", permissions=["getSites"], expires_at=None, owner_id=person.pk)


def compare(call: Callable[[], None], ways: dict[str, Callable[..., None]]) -> None:
    """Call in each way in turn; print the quartiles in microseconds, and how the lower one compares to the first's.

    The lower quartile says more than the median on a machine that has other work.
    """
    from apps.api_keys import usage

    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(CALLS + 100):
        for name, count in ways.items():
            with mock.patch.object(usage, "count", count):
                begin = time.perf_counter()
                call()
                taken = time.perf_counter() - begin
            if number >= 100:
                spent[name].append(taken * 1e6)
    first = statistics.quantiles(next(iter(spent.values())), n=4)[0]
    for name, times in spent.items():
        low, median, high = statistics.quantiles(times, n=4)
        print(f"{name:14} quartiles {low:7.1f}, {median:7.1f}, {high:7.1f} µs; {low / first:.3f} of the first")


if __name__ == "__main__":
    main()
