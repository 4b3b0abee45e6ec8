"""One solution handed in by many at the same moment: it counts exactly as often as its site allows.

These tests take some seconds each: the point is thousands of attempts that meet in the database.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from apps.audit import clock
from apps.protection import issuing, verifying
from apps.protection.outcomes import Outcome
from apps.protection.spent_models import Challenge
from apps.sites.models import Site
from tests.protection.solving import later, set_site, solved
from tests.races.together import THREADS, failures, together

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = 200
PROCESSES = 2


@pytest.fixture
def site(shop: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that gives one address any number of challenges, none of them harder than the one before."""
    monkeypatch.setattr(issuing, "add_challenge", lambda row, most_open: row.save(force_insert=True) or True)
    return set_site(shop, growth="constant")


def spend_all(site: Site, solutions: list[str]) -> Callable[[], list[Outcome]]:
    """What one thread does: it hands in every solution, once."""

    def spend() -> list[Outcome]:
        with clock.at(later(10)):
            return [verifying.verify_solution(site, solution).outcome for solution in solutions]

    return spend


def accepted_per_solution(results: list[list[Outcome]]) -> list[int]:
    assert {outcome for one in results for outcome in one} == {Outcome.ACCEPTED, Outcome.ALREADY_USED}
    return [sum(outcome is Outcome.ACCEPTED for outcome in outcomes) for outcomes in zip(*results, strict=True)]


@pytest.mark.parametrize("most", [1, 3])
def test_many_threads_spend_each_of_many_solutions_exactly_as_often_as_allowed(site: Site, most: int) -> None:
    set_site(site, max_replay_count=most)
    solutions = [solved(site) for _ in range(SOLUTIONS)]
    results = together([spend_all(site, solutions)] * THREADS)
    assert failures(results) == []
    assert set(accepted_per_solution([one for one in results if not isinstance(one, Exception)])) == {most}
    assert set(Challenge.objects.values_list("times", flat=True)) == {most}


def spend_naively(row: Challenge, *, most: int) -> int:
    """What spending would be by looking first and writing afterwards."""
    times = Challenge.objects.values_list("times", flat=True).get(pk=row.nonce)
    time.sleep(0.001)  # as long as a busy server takes between two statements
    if times >= most:
        return 0
    return Challenge.objects.filter(pk=row.nonce).update(times=times + 1) and times + 1


def test_looking_first_and_writing_afterwards_would_spend_some_twice(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above would notice."""
    monkeypatch.setattr(verifying, "spend", spend_naively)
    solutions = [solved(site) for _ in range(20)]
    results = together([spend_all(site, solutions)] * THREADS)
    assert max(accepted_per_solution([one for one in results if not isinstance(one, Exception)])) > 1


def database_url() -> str:
    """The test database, as another process reaches it."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    who = f"{quote(at['USER'])}:{quote(at['PASSWORD'])}" if at["PASSWORD"] else quote(at["USER"])
    return f"postgres://{who}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def begin_process() -> subprocess.Popen[str]:
    here = {"DATA_DIR": str(settings.DATA_DIR), "DATABASE_URL": database_url(), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/races/spending_process.py")],
        cwd=ROOT,
        env={**os.environ, **here, "LOG_LEVEL": "ERROR"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def spend_in_processes(
    site: Site, lists: list[list[str]], processes: list[subprocess.Popen[str]]
) -> list[dict[str, str]]:
    """What each process was told of each of its solutions; they begin together, and are still there afterwards."""
    pipes = [(process.stdin, process.stdout) for process in processes]
    asked = [json.dumps({"site": site.pk, "solutions": solutions}) for solutions in lists]
    for lines in (asked, [""] * len(lists)):
        for (given, _), line in zip(pipes, lines, strict=True):
            assert given
            given.write(f"{line}\n")
            given.flush()
        told = [answered.readline() for _, answered in pipes if answered]
        assert lines is not asked or told == ["ready\n"] * len(lists)
    return [dict(zip(given, json.loads(line), strict=True)) for given, line in zip(lists, told, strict=True)]


def test_two_processes_spend_each_solution_exactly_once(site: Site) -> None:
    """They come from both ends and meet in the middle, so that neither is always the second."""
    solutions = [solved(site) for _ in range(SOLUTIONS)]
    processes = [begin_process() for _ in range(PROCESSES)]
    results = spend_in_processes(site, [solutions, solutions[::-1]], processes)
    for process in processes:
        process.communicate("\n", timeout=30)
        assert process.returncode == 0

    both = [Counter(found[solution] for found in results) for solution in solutions]
    assert both == [Counter({"accepted": 1, "already used": 1})] * SOLUTIONS
    assert min(Counter(found.values())["accepted"] for found in results) > 0  # they did meet


def test_what_a_killed_process_has_spent_stays_spent(site: Site) -> None:
    solutions = [solved(site) for _ in range(20)]
    process = begin_process()
    assert spend_in_processes(site, [solutions], [process]) == [dict.fromkeys(solutions, "accepted")]
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert set(spend_all(site, solutions)()) == {Outcome.ALREADY_USED}
