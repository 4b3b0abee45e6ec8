"""`manage.py scan_tokens`: what it says of files, what it passes over, and how it exits."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.credentials.files import files_beneath
from apps.credentials.format import TokenKind, mint

KEY = mint(TokenKind.API_KEY).reveal()
SECRET = mint(TokenKind.SITE_SECRET).reveal()
INVITATION = mint(TokenKind.INVITATION).reveal()


def scan(*arguments: object) -> tuple[int, list[str], str]:
    """The exit status, the lines of the output, and what was said beside it."""
    out, beside = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("scan_tokens", *map(str, arguments), stdout=out, stderr=beside)
    except SystemExit as ended:
        status = int(str(ended.code))
    return status, out.getvalue().splitlines(), beside.getvalue()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project with something in it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(f"# settings\n\nSECRET = '{SECRET}'\n")
    (tmp_path / ".env").write_text(f"A=1\nKEY={KEY}\n")
    (tmp_path / "clean.txt").write_text("nct_ is how a key begins\n")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)) * 10 + INVITATION.encode() + bytes(5000))
    return tmp_path


def test_each_token_is_named_by_file_line_kind_and_last_four_only(tree):
    status, lines, beside = scan(tree)

    assert (status, beside) == (1, "")
    assert lines == [
        f"{tree}/.env:2: API key nct_…{KEY[-4:]}",
        f"{tree}/picture.png:11: invitation nci_…{INVITATION[-4:]}",
        f"{tree}/src/app.py:3: site secret ss_live_…{SECRET[-4:]}",
    ]
    assert not any(token[8:-4] in line for token in (KEY, SECRET, INVITATION) for line in lines)


def test_programs_get_an_object_a_line(tree):
    _, lines, _ = scan("--json", tree / ".env")

    assert [json.loads(line) for line in lines] == [
        {"path": f"{tree}/.env", "line": 2, "kind": "api_key", "token": f"nct_…{KEY[-4:]}"}
    ]


def test_nothing_found_is_success(tree):
    assert scan(tree / "clean.txt") == (0, [], "")


def test_standard_input_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(f"\n{KEY}".encode())))

    assert scan("-") == (1, [f"standard input:2: API key nct_…{KEY[-4:]}"], "")


def test_a_link_out_of_the_tree_is_not_followed_unless_somebody_named_it(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "env").write_text(KEY)
    (inside / "file").symlink_to(outside / "env")
    (inside / "folder").symlink_to(outside)
    (inside / "round").symlink_to(inside)

    assert scan(inside) == (0, [], "")
    assert scan(inside / "file")[0] == scan(inside / "folder")[0] == 1


def test_a_pipe_in_a_tree_is_passed_over_and_said_so(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    status, lines, beside = scan(tmp_path)

    assert (status, lines) == (0, [])
    assert beside == f"{tmp_path}/pipe: skipped: not a regular file\n"


def test_what_is_not_there_is_said_and_is_no_success(tree):
    status, lines, beside = scan(tree / "nowhere")

    assert (status, lines) == (2, [])
    assert f"{tree}/nowhere: cannot be read: No such file or directory" in beside
    assert "nothing is known of what they hold" in beside


def test_something_found_weighs_more_than_something_unread(tree):
    status, lines, beside = scan(tree / "nowhere", tree / ".env")

    assert (status, len(lines)) == (1, 1)
    assert "nowhere: cannot be read" in beside


def test_a_directory_that_cannot_be_listed_is_said(monkeypatch, tmp_path):
    (tmp_path / "closed").mkdir()
    list_directory = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return list_directory(path)

    monkeypatch.setattr(os, "scandir", refuse)

    status, _, beside = scan(tmp_path)

    assert status == 2
    assert f"{tmp_path}/closed: cannot be read: Permission denied" in beside


def test_a_name_with_a_line_end_stays_on_its_line(tmp_path):
    (tmp_path / "a\nb\x1b[31m").write_text(KEY)

    _, [line], _ = scan(tmp_path)

    assert line == f"{tmp_path}/a\\nb\\x1b[31m:1: API key nct_…{KEY[-4:]}"


def test_files_come_in_the_order_of_their_names(tmp_path):
    for name in ("b/2", "b/1", "a/3", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = [Path(path).relative_to(tmp_path).as_posix() for path, _ in files_beneath([str(tmp_path)], print)]
    assert found == ["c", "a/3", "b/1", "b/2"]


@pytest.mark.parametrize(
    ("arguments", "status"), [(["manage.py"], 0), (["."], None), ([], 2), (["--what", "x"], 2), (["nowhere"], 2)]
)
def test_as_a_process_it_exits_as_scanners_do_and_needs_no_database(tmp_path, arguments, status):
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://x:x@127.0.0.1:1/x"}
    command = [sys.executable, "manage.py", "scan_tokens", *(arguments if status is not None else [str(tmp_path)])]
    (tmp_path / "leak").write_text(f"{KEY}\n")
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, timeout=60)

    assert done.returncode == (1 if status is None else status), done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_database_a_check_fails_and_says_why(tmp_path):
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://x:x@127.0.0.1:1/x"}
    (tmp_path / "leak").write_text(SECRET)
    command = [sys.executable, "manage.py", "scan_tokens", "--check", str(tmp_path / "leak")]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert "The database cannot be asked" in done.stderr
