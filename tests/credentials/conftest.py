"""A server whose peppers can be rotated."""

from pathlib import Path
from typing import Any

import pytest

from tests.credentials.rotation import Server


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Server:
    """One that keeps its peppers in its data directory."""
    monkeypatch.delenv("PEPPERS", raising=False)
    monkeypatch.delenv("PEPPERS_FILE", raising=False)
    return Server(tmp_path, settings)
