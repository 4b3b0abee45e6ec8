"""Gatehouse: the self-hosted control room for captchas."""

from typing import Final

VERSION: Final = "0.1.0"
