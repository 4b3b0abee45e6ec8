"""Settings for races: many refused requests in a short time are the point, not an attack."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_brakes(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.REFUSED_REQUESTS_PER_MINUTE = 1_000_000
    settings.VERIFY_REQUESTS_PER_MINUTE = 1_000_000
