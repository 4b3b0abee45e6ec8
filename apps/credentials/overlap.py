"""How long what was rotated away may go on working beside what replaces it."""

from datetime import timedelta
from typing import Final

AT_ONCE: Final = timedelta(0)
OVERLAPS: Final = {"0": AT_ONCE, "1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
"""The choices, of site secrets and of API keys alike, by how forms and links name them."""
