"""`make` says in one sentence what a machine lacks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOO_OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make was not found: apt-get install make")


def make(folder: Path, python: str) -> list[str]:
    """What `make run` complains about where the only Python is this script."""
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.txt").touch()
    fake = folder / "python"
    fake.write_text(python)
    fake.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        ["make", "run", f"PYTHON={fake}"], cwd=folder, env=kept, capture_output=True, text=True, timeout=30
    )
    assert result.returncode != 0
    assert result.stdout == ""
    return [line for line in result.stderr.splitlines() if not line.startswith("make")]


def test_a_python_that_is_too_old_is_refused_in_one_sentence(tmp_path):
    assert make(tmp_path, TOO_OLD) == [
        "Gatehouse needs Python 3.11 or newer, and none was found: "
        "install one, or name it with PYTHON=/path/to/python3."
    ]


def test_a_python_without_venv_is_told_how_to_get_it(tmp_path):
    (complaint,) = make(tmp_path, WITHOUT_VENV)

    assert "apt-get install python3-venv" in complaint


def test_running_and_testing_install_what_reads_text():
    text = (ROOT / "Makefile").read_text()
    for target in ("run", "test", "setup"):
        (line,) = [line for line in text.splitlines() if line.startswith(f"{target}: ")]
        assert "$(OCR)" in line.partition("##")[0]
    assert "--requirement requirements-ocr.txt" in text
