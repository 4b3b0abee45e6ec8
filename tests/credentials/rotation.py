"""A server whose peppers the product keeps in a file, and that can be restarted."""

import io
from pathlib import Path
from typing import Any

from django.core.management import call_command

from config.environment import numbered_secrets


class Server:
    """What the processes of a server know of its peppers; `restart` makes them read the file again."""

    def __init__(self, data_dir: Path, settings: Any) -> None:
        self.path = data_dir / "peppers"
        self.path.write_text(f"1:{'first-pepper-' * 5}")
        self.path.chmod(0o600)
        self._settings = settings
        settings.DATA_DIR = data_dir
        self.restart()

    @property
    def stored(self) -> dict[int, bytes]:
        """What is in the file."""
        return numbered_secrets("PEPPERS", self.path.read_text())

    def restart(self) -> None:
        """Read the file again."""
        self._settings.PEPPERS = self.stored

    def rotate(self, *arguments: str) -> str:
        """`manage.py rotate_pepper` with these arguments; what it says."""
        out = io.StringIO()
        call_command("rotate_pepper", *arguments, stdout=out, stderr=out)
        return out.getvalue()
