"""Whether the time of an answer tells if an address is known: `.venv/bin/python bench/same_time.py`.

Signs in with wrong passwords, asks for resets, and compares the medians for known and unknown addresses, asked in
turn, on a database of its own. DATABASE_URL chooses another database; it is migrated and written to.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
TRIES = 100
PASSWORD = "a long enough pass phrase"


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATA_DIR": folder, "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
        import django

        django.setup()
        measure()


def measure() -> None:
    """Prepare the database and ask."""
    from django.core.management import call_command
    from django.test import Client, override_settings

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    people = make_people()
    host = {"headers": {"Host": "localhost"}}

    def sign_in(email: str) -> None:
        Client(**host).post("/accounts/login/", {"login": email, "password": "wrong"})

    def reset(email: str) -> None:
        Client(**host).post("/accounts/password/reset/", {"email": email})

    with override_settings(ACCOUNT_RATE_LIMITS=False, EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        for name, ask in (("sign-in, wrong password", sign_in), ("reset", reset)):
            compare(name, ask, people)


def make_people() -> dict[str, str]:
    """Who is asked about: nobody, and people in one and in three accounts."""
    from apps.accounts.operations import add_member, create_verified_person, found_account
    from apps.audit.record import Source
    from apps.permissions.actor import system
    from apps.permissions.roles import Role

    source = Source("bench")
    accounts = [found_account(system(source), name=f"Account {number}") for number in range(3)]
    for name, count in (("one", 1), ("three", 3)):
        person = create_verified_person(email=f"{name}@people.example", name=name, password=PASSWORD)
        for account in accounts[:count]:
            add_member(system(source, account.pk), account=account, person=person, role=Role.OWNER)
    return {
        "unknown": "nobody@people.example",
        "in one account": "one@people.example",
        "in three accounts": "three@people.example",
    }


def compare(name: str, ask: Callable[[str], None], people: dict[str, str]) -> None:
    """Ask about everybody in turn, and print the medians in milliseconds."""
    spent: dict[str, list[float]] = {who: [] for who in people}
    for turn in range(TRIES + 5):
        for who, email in people.items():
            begin = time.perf_counter()
            ask(email)
            if turn >= 5:
                spent[who].append((time.perf_counter() - begin) * 1000)
    for who, times in spent.items():
        low, median, high = statistics.quantiles(times, n=4)
        print(f"{name:24} {who:18} median {median:7.2f} ms, half of them {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()
