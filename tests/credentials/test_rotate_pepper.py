"""`manage.py rotate_pepper`: a new pepper comes to where the old one is, and nobody sees it who did not ask."""

import io
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command

from config.environment import MAX_PEPPER, numbered_secrets, rewrite_secret

OLD = "1:an-old-pepper-of-at-least-fifty-characters-0123456789"


def test_a_new_pepper_comes_beside_the_old_one_into_the_file(server):
    before = server.stored

    said = server.rotate()

    assert server.stored.keys() == {1, 2}
    assert server.stored[1] == before[1]
    assert f"Pepper 2 was added to {server.path}" in said
    assert "Restart every process now" in said
    assert not any(secret.decode() in said for secret in server.stored.values())


def test_the_file_stays_its_owners_alone_and_no_draft_is_left(server):
    server.rotate()

    assert stat.S_IMODE(server.path.stat().st_mode) == 0o600
    assert list(server.path.parent.iterdir()) == [server.path]


def test_each_rotation_has_the_next_number_and_another_secret(server):
    server.rotate()
    server.rotate()

    assert server.stored.keys() == {1, 2, 3}
    assert len(set(server.stored.values())) == 3


def test_rotations_at_once_come_after_one_another(server):
    """Each adds its own pepper: none writes over another's."""
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(server.path.parent)}
    command = [sys.executable, "manage.py", "rotate_pepper"]

    def rotate() -> int:
        return subprocess.run(command, cwd=project.BASE_DIR, env=environ, capture_output=True, timeout=60).returncode

    with ThreadPoolExecutor(3) as pool:
        assert [run.result() for run in [pool.submit(rotate) for _ in range(3)]] == [0, 0, 0]

    assert server.stored.keys() == {1, 2, 3, 4}


def test_a_failed_writing_leaves_the_old_file(server, monkeypatch):
    before = server.path.read_text()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for broken in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, broken, fail)
            with pytest.raises(CommandError, match="No space left"):
                server.rotate()

    assert server.path.read_text() == before
    assert list(server.path.parent.iterdir()) == [server.path]


def test_what_is_written_is_on_the_disk_before_it_takes_the_old_ones_place(tmp_path, monkeypatch):
    steps: list[str] = []
    path = tmp_path / "secret"
    path.write_text("old")
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        steps.append("fsync")
        fsync(descriptor)

    def noted_replace(draft: str, target: Path) -> None:
        steps.append("replace")
        replace(draft, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)

    assert rewrite_secret(path, lambda text: f"{text} and new") == "old and new"
    assert steps == ["fsync", "replace", "fsync"]
    assert path.read_text() == "old and new"


def test_after_the_highest_number_there_is_none(server):
    server.path.write_text(f"{MAX_PEPPER}:{OLD[2:]}")

    with pytest.raises(CommandError, match="no number above"):
        server.rotate()


@pytest.mark.parametrize("option", ["--print", "--output=x"])
def test_where_the_product_keeps_the_file_there_is_no_need_to_show_a_pepper(server, option):
    with pytest.raises(CommandError, match="changes by itself"):
        server.rotate(option)

    assert server.stored.keys() == {1}


class TestWhereTheEnvironmentKeepsIt:
    """`PEPPERS` or `PEPPERS_FILE` is set."""

    def test_it_asks_where_the_secret_may_go(self, server, monkeypatch):
        monkeypatch.setenv("PEPPERS", OLD)

        with pytest.raises(CommandError, match="PEPPERS is set by the environment") as refused:
            server.rotate()

        assert "--output FILE" in str(refused.value)
        assert server.stored.keys() == {1}

    def test_it_writes_the_line_into_a_new_file_that_only_its_owner_reads(self, server, monkeypatch, tmp_path):
        monkeypatch.setenv("PEPPERS", OLD)
        file = tmp_path / "new.env"

        said = server.rotate("--output", str(file))

        line = file.read_text()
        name, _, value = line.rstrip("\n").partition("=")
        assert (name, list(numbered_secrets("PEPPERS", value))) == ("PEPPERS", [1, 2])
        assert value.startswith(f"{OLD},2:")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert value not in said
        assert numbered_secrets("PEPPERS", value)[2].decode() not in said
        assert str(file) in said

    def test_for_a_file_that_the_environment_names_it_writes_the_files_content(self, server, monkeypatch, tmp_path):
        mounted, file = tmp_path / "mounted", tmp_path / "new"
        mounted.write_text(f"{OLD}\n")
        monkeypatch.setenv("PEPPERS_FILE", str(mounted))

        said = server.rotate("--output", str(file))

        assert list(numbered_secrets("PEPPERS", file.read_text().strip())) == [1, 2]
        assert mounted.read_text() == f"{OLD}\n"
        assert str(mounted) in said

    def test_a_file_that_is_there_is_not_written_over(self, server, monkeypatch, tmp_path):
        monkeypatch.setenv("PEPPERS", OLD)
        file = tmp_path / "mine"
        file.write_text("mine")

        with pytest.raises(CommandError, match="exists"):
            server.rotate("--output", str(file))

        assert file.read_text() == "mine"

    def test_it_prints_the_line_and_nothing_else_to_who_asks(self, server, monkeypatch):
        monkeypatch.setenv("PEPPERS", OLD)
        out, beside = io.StringIO(), io.StringIO()

        call_command("rotate_pepper", "--print", stdout=out, stderr=beside)

        assert out.getvalue().startswith(f"PEPPERS={OLD},2:")
        assert out.getvalue().count("\n") == 1
        assert "PEPPER_FOR_NEW=1" in beside.getvalue()
        assert "2:" not in beside.getvalue()

    def test_retiring_says_what_to_remove_and_shows_nothing(self, server, monkeypatch, db, settings):
        monkeypatch.setenv("PEPPERS", f"{OLD},2:{OLD[2:]}")
        settings.PEPPERS = {1: b"x", 2: b"y"}

        said = server.rotate("--retire", "1")

        assert "Now remove the part that begins with 1: from PEPPERS." in said
        assert OLD[2:] not in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--force"], "--force goes with --retire"),
        (["--report", "--print"], "--output and --print go with adding"),
        (["--retire", "1", "--output=x"], "--output and --print go with adding"),
        (["--retire", "9"], "PEPPERS has no number 9. There are 1."),
        (["--retire", "1"], "Pepper 1 is the one for all that is new"),
    ],
)
def test_what_makes_no_sense_is_refused(server, db, arguments, why):
    with pytest.raises(CommandError, match=why):
        server.rotate(*arguments)

    assert server.stored.keys() == {1}


def check(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **variables}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=project.BASE_DIR, env=environ, capture_output=True, text=True, timeout=60)


def test_the_chosen_pepper_has_to_be_there(tmp_path):
    refused = check(tmp_path, PEPPERS=OLD, PEPPER_FOR_NEW="2")

    assert refused.returncode != 0
    assert "PEPPER_FOR_NEW is 2, and PEPPERS has no secret of this number." in refused.stderr
    assert check(tmp_path, PEPPERS=OLD, PEPPER_FOR_NEW="1").returncode == 0
