"""What `make test` runs: pytest on SQLite, then on a private PostgreSQL, with Chromium where there is one.

Arguments are passed on to pytest. GATEHOUSE_REQUIRE=postgresql,chromium,redis turns a missing one into an error.
"""

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET = {
    "postgresql": "PostgreSQL was not found, so nothing is tested on it: apt-get install postgresql",
    "chromium": "Chromium was not found, so the browser tests are skipped: apt-get install chromium",
    "redis": "Redis was not found, so the tests of tasks on it are skipped: apt-get install redis-server",
}
CLUSTER_OWNER = "postgres"  # PostgreSQL refuses to run as root
CLUSTER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
NO_TESTS_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Run everything.

    Returns:
        0 when no run failed and something was tested.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chromium, postgresql = find_chromium(), find_postgresql()
    needed = {"postgresql": postgresql, "chromium": chromium, "redis": shutil.which("redis-server")}
    missing = [name for name, found in needed.items() if not found]
    for name in missing:
        print(HOW_TO_GET[name], flush=True)
    if required := set(os.environ.get("GATEHOUSE_REQUIRE", "").replace(",", " ").split()) & set(missing):
        print(f"GATEHOUSE_REQUIRE asks for {' and '.join(sorted(required))}.", file=sys.stderr)
        return 1
    shared = {"CHROMIUM": chromium} if chromium else {}
    codes = [run_pytest("SQLite", {**shared, "DATABASE_URL": ""}, arguments)]
    if postgresql:
        with cluster(postgresql) as url:
            codes.append(run_pytest("PostgreSQL", {**shared, "DATABASE_URL": url}, arguments))
    failed = [code for code in codes if code not in (0, NO_TESTS_COLLECTED)]
    return failed[0] if failed else min(codes)


def run_pytest(database: str, environment: dict[str, str], arguments: list[str]) -> int:
    """Run pytest once, with a data directory of its own.

    Returns:
        pytest's exit code.
    """
    print(f"\n--- on {database}", flush=True)
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL_FILE", "DEBUG", "DEMO"}}
    with tempfile.TemporaryDirectory(prefix="gatehouse-test-", ignore_cleanup_errors=True) as data_dir:
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env={**kept, **environment, "DATA_DIR": data_dir}, check=False
        ).returncode


def find_chromium() -> str:
    """The path of Chromium: what CHROMIUM names, or the first that is installed; empty when none is."""
    named = os.environ.get("CHROMIUM", "")
    return next((path for name in (named, *CHROMIUM_NAMES) if name and (path := shutil.which(name))), "")


def find_postgresql() -> Path | None:
    """The directory of PostgreSQL's programs: on the path, or the newest that Debian installed."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda folder: float(folder.parent.name), default=None)


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """A private PostgreSQL that lives as long as the block, in a temporary directory and on a free port.

    Yields:
        Its `DATABASE_URL`.
    """
    owner = CLUSTER_OWNER if os.geteuid() == 0 else getpass.getuser()
    password = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="gatehouse-pg-") as folder:
        home = Path(folder)
        (home / "password").write_text(password, encoding="utf-8")
        if owner == CLUSTER_OWNER:
            for path in (home, home / "password"):
                shutil.chown(path, owner)
        data, port = home / "data", free_port()
        locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        create: list[str | Path] = [
            programs / "initdb",
            "--pgdata",
            data,
            "--username",
            owner,
            "--pwfile",
            home / "password",
        ]
        create += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale, "--no-sync"]
        run_as(owner, create)
        options = {**CLUSTER_OPTIONS, "port": str(port), "unix_socket_directories": folder}
        text = " ".join(f"-c {name}={value}" for name, value in options.items())
        control: list[str | Path] = [programs / "pg_ctl", "--pgdata", data, "--silent", "--wait"]
        run_as(owner, [*control, "--log", home / "log", "--options", text, "start"])
        try:
            yield f"postgres://{owner}:{password}@127.0.0.1:{port}/postgres"
        finally:
            run_as(owner, [*control, "--mode", "immediate", "stop"])


def run_as(owner: str, command: list[str | Path]) -> None:
    """Run a command as `owner`, and show what it said only when it failed."""
    words = [str(word) for word in command]
    if owner != getpass.getuser():
        words = ["runuser", "--user", owner, "--", *words]
    # The server inherits the output: a pipe would never end.
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(
            words, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        ).returncode
        if code:
            output.seek(0)
            sys.exit(f"{' '.join(words)} failed:\n{output.read().decode(errors='replace')}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
