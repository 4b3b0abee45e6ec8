"""What records and counts cost: `.venv/bin/python bench/recording.py [records]`.

A solution is spent, as a verification does, with and without noting it, in turn, in one process, while the thread
that writes the notes does its work. Then 10,000 notes are flushed, and pages are read at several depths of many
records (a million by default). On a database of its own. DATABASE_URL chooses another; it is migrated and written to.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
CALLS = 3_000
NOTES = 10_000
RECORDS = 1_000_000
SECONDS_BETWEEN_RECORDS = 2
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"DATA_DIR": folder, "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        site = make_site()
        compare(site)
        flush_many(site)
        search(site, int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS)


def make_site() -> Any:
    """A site in an account of its own."""
    from apps.accounts.operations import found_account
    from apps.audit.record import Source
    from apps.permissions.actor import system
    from apps.sites.models import Site

    account = found_account(system(Source("bench")), name="Bench")
    return Site.objects.create(account=account, name="Bench", allowed_origins=["https://bench.example"])


def verification() -> Any:
    """A good solution of a visitor like any other."""
    from apps.audit import clock
    from apps.protection.outcomes import Outcome
    from apps.protection.verdicts import Verification
    from apps.protection.visitors import Visitor

    visitor = Visitor(f"203.0.113.{random.randrange(256)}", AGENT, "DE", 3320)
    issued_at = clock.now() - timedelta(seconds=10)
    return Verification(Outcome.ACCEPTED, "https://bench.example", issued_at, 1, 96, visitor, uuid4(), 1_500)


def compare(site: Any) -> None:
    """Spend a solution with and without noting it, in turn; the lower quartile says more than the median."""
    from apps.audit import clock
    from apps.protection import recording
    from apps.protection.spent_models import Challenge, spend

    def call(note: Callable[..., None]) -> None:
        found = verification()
        now = clock.now()
        expires_at = now + timedelta(hours=6)
        row = Challenge(nonce=found.nonce, site=site, address_digest=b"", issued_at=now, expires_at=expires_at)
        assert spend(row, most=1)
        note(site, verification=found, moment=now)

    ways: dict[str, Callable[..., None]] = {"noted": recording.note_answered, "not noted": lambda *_, **__: None}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(CALLS + 100):
        for name, note in ways.items():
            begin = time.perf_counter()
            call(note)
            if number >= 100:
                spent[name].append((time.perf_counter() - begin) * 1e6)
    lowest = {name: statistics.quantiles(times, n=4)[0] for name, times in spent.items()}
    for name, low in lowest.items():
        print(f"spending, {name:10} {low:7.1f} µs; {low / lowest['not noted']:.3f} of it not noted")
    recording._flusher.stop()


def flush_many(site: Any) -> None:
    """Note, then write, ten thousand answers at once."""
    from django.conf import settings

    from apps.audit import clock
    from apps.protection import recording

    settings.RECORDS_ARE_FLUSHED_EVERY_SECONDS = 0  # no thread beside what is measured
    recording._flusher = recording._new_flusher()
    recording.flush()
    answers = [verification() for _ in range(NOTES)]
    begin = time.perf_counter()
    for found in answers:
        recording.note_answered(site, verification=found, moment=clock.now())
    print(f"a note alone          {(time.perf_counter() - begin) / NOTES * 1e6:7.2f} µs")
    begin = time.perf_counter()
    written = recording.flush()
    taken = time.perf_counter() - begin
    print(f"a flush of {written:,} notes {taken * 1e3:7.1f} ms; {taken / written * 1e6:.1f} µs each")


def search(site: Any, count: int) -> None:
    """Pages of 50 at the beginning, in the middle and at the end of many records; and what is rare among them."""
    from apps.audit import clock
    from apps.audit.record import Source
    from apps.listing.keyset import _write_cursor, page_of
    from apps.permissions.actor import system
    from apps.protection.record_models import CaptchaRecord
    from apps.protection.record_rows import LAST_RECORDED_FIRST
    from apps.protection.records import RecordFilter, count_up_to, search_records

    now = clock.now()
    begin = time.perf_counter()
    for batch in batches(site, count, now):
        CaptchaRecord.objects.bulk_create(batch)
    print(f"{count:,} records written in {time.perf_counter() - begin:.0f} s")
    actor = system(Source("bench"), site.account_id)
    everything = search_records(actor, wanted=RecordFilter())
    for name, share in (("newest", 0.0), ("middle", 0.5), ("oldest", 0.999)):
        at = now - timedelta(seconds=SECONDS_BETWEEN_RECORDS * count * share)
        row = CaptchaRecord.objects.filter(account_id=site.account_id, recorded_at__lte=at).newest_first()[0]
        row.sort_value = row.recorded_at
        cursor = _write_cursor(row, backwards=False) if share else ""
        timed(f"page, {name}", lambda cursor=cursor: page_of(everything, LAST_RECORDED_FIRST, cursor=cursor, size=50))
    for name, wanted in {
        "one address": RecordFilter(address="198.51.100.7"),
        "one user": RecordFilter(user_id="rare"),
        "blocked (1 in 200)": RecordFilter(status="blocked"),
        "a country (1 in 5,000)": RecordFilter(country="IS"),
        "text in no record, 7 days": RecordFilter(text="nowhere", first=now - timedelta(days=7)),
    }.items():
        found = search_records(actor, wanted=wanted)
        timed(f"search, {name}", lambda found=found: page_of(found, LAST_RECORDED_FIRST, cursor="", size=50))
    timed("count, up to 10,000", lambda: count_up_to(everything))


def batches(site: Any, count: int, now: Any) -> Iterator[list[Any]]:
    """Records of the last weeks, newest first."""
    from apps.protection.record_models import CaptchaRecord

    chance = random.Random(5)
    size = 5_000
    for begin in range(0, count, size):
        yield [
            CaptchaRecord(
                id=UUID(int=chance.getrandbits(128)),
                account_id=site.account_id,
                site=site,
                recorded_at=now - timedelta(seconds=SECONDS_BETWEEN_RECORDS * number),
                status="blocked" if number % 200 == 0 else "accepted",
                outcome="blocked" if number % 200 == 0 else "accepted",
                address="198.51.100.7" if number % 50_000 == 0 else f"203.0.{chance.randrange(256)}.{number % 256}",
                user_id="rare" if number == count // 2 else "",
                user_agent=AGENT,
                country="IS" if number % 5_000 == 0 else "DE",
                origin="https://bench.example",
            )
            for number in range(begin, min(begin + size, count))
        ]


def timed(name: str, read: Callable[[], Any]) -> None:
    """The best of seven readings: the machine has other work."""
    best = float("inf")
    for _ in range(7):
        begin = time.perf_counter()
        read()
        best = min(best, time.perf_counter() - begin)
    print(f"{name:34} {best * 1e3:8.2f} ms")


if __name__ == "__main__":
    main()
