"""What others wrote is what was reviewed: vendored files by their digest, packages by version and digest."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.architecture.code import ROOT

STATIC = ROOT / "static"
README = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<package>\S+) \| (?P<version>\S+) \| (?P<licence>\S+) \| `(?P<file>\S+)` \| `(?P<sha256>\w+)` \|$"
)
ROWS = [match for line in README.splitlines() if (match := ROW.match(line))]
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(?P<version>[0-9][\w.+!-]*)(?: ; [^\\]+)?$")
DIGEST = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def requirements(lock: Path) -> dict[str, tuple[str, int]]:
    """A lock file's packages: the version, and how many digests it has.

    Raises:
        AssertionError: for a line that is anything but a pinned requirement, a digest or a comment.
    """
    found: dict[str, tuple[str, int]] = {}
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        match = PINNED.match(DIGEST.sub("", line).strip())
        assert match, f"{lock.name}: {line[:100]}"
        found[match["name"]] = (match["version"], len(DIGEST.findall(line)))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_vendored_file_is_the_one_that_was_listed(row: re.Match[str]) -> None:
    assert hashlib.sha256((STATIC / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def test_every_vendored_file_is_listed() -> None:
    there = {path.relative_to(STATIC).as_posix() for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    listed = {row["file"] for row in ROWS}
    assert {name for name in there if Path(name).name not in {"README.md", "LICENSE"}} <= listed
    assert listed


@pytest.mark.parametrize("folder", sorted(path for path in (STATIC / "vendor").iterdir() if path.is_dir()))
def test_every_vendored_package_has_its_licence(folder: Path) -> None:
    assert (folder / "LICENSE").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_pins_version_and_digest_of_everything(lock: Path) -> None:
    found = requirements(lock)
    assert len(found) > 10
    assert {name for name, (_, digests) in found.items() if not digests} == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_no_host(lock: Path) -> None:
    """Where packages come from is the installer's setting, not this repository's."""
    text = lock.read_text(encoding="utf-8")
    assert not re.findall(r"://|--(?:extra-)?index-url|--find-links|--trusted-host| @ ", text)


def test_the_tests_run_on_what_the_product_runs_on() -> None:
    product, development = (requirements(lock) for lock in LOCKS)
    assert {name: pin for name, pin in development.items() if name in product} == {
        name: pin for name, pin in product.items() if name in development
    }
