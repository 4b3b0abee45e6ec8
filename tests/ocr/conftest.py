"""Credits, and a reader for the tests that ask for one."""

from collections.abc import Callable, Iterator

import pytest

from apps.credits.operations import grant_credits
from apps.ocr import running
from apps.ocr.engine import Engine
from tests.people import Person


@pytest.fixture
def credit(alice: Person) -> Callable[[int], None]:
    """Grants Alice's account credits: `credit(10)`."""

    def give(amount: int) -> None:
        grant_credits(alice.actor, amount=amount, reason="For tests")

    return give


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A reader of the test's own."""
    engine = Engine()
    monkeypatch.setattr(running, "engine", engine)
    yield engine
    engine.stop()
