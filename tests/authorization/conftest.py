"""One world a module, and every request in it undone: a cell of the matrix never sees another's traces."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from apps.ocr import running
from tests.authorization.world import World, build_world
from tests.ocr.quick_engine import QuickEngine


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _no_brakes(settings: Any) -> None:
    """The matrix is refused more often than a key or an address ever should be."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.REFUSED_REQUESTS_PER_MINUTE = 1_000_000
    settings.VERIFY_REQUESTS_PER_MINUTE = 1_000_000
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400  # everybody has just confirmed who they are


@pytest.fixture(autouse=True)
def _quick_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix asks who may have text read, and not what stands there."""
    monkeypatch.setattr(running, "engine", QuickEngine("harbour"))
