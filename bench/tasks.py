"""How long a task with 128 sites takes, on both databases side by side: `.venv/bin/python bench/tasks.py`.

One worker, started as in production, and a client that asks every 100 ms whether the task has finished. What is
measured is the time from before the task is started until the answer that it has finished. PostgreSQL is a private
one that writes through to the disk, as SQLite does here; without an installed PostgreSQL only SQLite is measured.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ROUNDS = 20
SITES = 128
POLL_SECONDS = 0.1
IDLE_SECONDS = 10
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure each database in a process of its own, and print a table."""
    from tests import run

    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    print(
        f"{'database':11} {'sites':>5}  {'quartiles until finished':>26}  {'longest':>7}  {'sites/s':>7}  idle worker"
    )
    measure_apart("SQLite", "")
    if programs := run.find_postgresql():
        run.CLUSTER_OPTIONS |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        with run.cluster(programs) as url:
            measure_apart("PostgreSQL", url)


def measure_apart(name: str, database_url: str) -> None:
    """Measure one database, with a data directory of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = {"DATA_DIR": folder, "DATABASE_URL": database_url, "LOG_LEVEL": "ERROR"}
        environment = {**os.environ, **settings, "DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.run([sys.executable, __file__, name], env=environment, cwd=ROOT, check=True)


def measure(name: str) -> None:
    """Prepare the database, start a worker, and give it tasks."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    actor = new_actor()
    worker = subprocess.Popen([sys.executable, "manage.py", "db_worker"], cwd=ROOT)
    try:
        one_task(actor, "Warm", 5)
        times = [one_task(actor, f"Round-{number}", SITES) for number in range(ROUNDS)]
        idle = idle_share(worker.pid)
    finally:
        worker.terminate()
        worker.wait()
    low, median, high = statistics.quantiles(times, n=4)
    quartiles = f"{low:.2f}, {median:.2f}, {high:.2f} s"
    print(f"{name:11} {SITES:5}  {quartiles:>26}  {max(times):6.2f}s  {SITES / median:7.0f}  {idle:.1%} of a core")


def new_actor() -> Any:
    """An owner, as they work through a key's contract."""
    from apps.accounts.actors import member_actor
    from apps.accounts.operations import add_member, create_verified_person, found_account
    from apps.audit.record import Source
    from apps.permissions.actor import system
    from apps.permissions.roles import Role

    source = Source("bench")
    account = found_account(system(source), name="Bench")
    person = create_verified_person(email="bench@people.example", name="Bench", password="a long enough pass phrase")
    place = add_member(system(source, account.pk), account=account, person=person, role=Role.OWNER)
    return member_actor(place, person, source)


def one_task(actor: Any, name: str, count: int) -> float:
    """Start a task and ask until it has finished; the seconds that it took."""
    from apps.sites.settings import Naming
    from apps.tasks.work import get_task, start_task

    naming = Naming.UNIQUE_IN_ORGANIZATION.value
    inputs = [
        {"name": f"{name}-{number}", "domain": f"{name}-{number}.example.com".lower(), "naming": naming}
        for number in range(count)
    ]
    begin = time.perf_counter()
    task = start_task(actor, kind="sites.create", inputs=inputs, title=name)
    while not (task := get_task(actor, task_id=task.pk)).is_finished:
        time.sleep(POLL_SECONDS)
    assert task.done_count == count, f"{task.failed_count} of {count} failed"
    return time.perf_counter() - begin


def idle_share(pid: int) -> float:
    """The share of a core that the worker uses while it waits for work."""
    before = cpu_seconds(pid)
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(pid) - before) / IDLE_SECONDS


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, by Linux's account."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


if __name__ == "__main__":
    main()
