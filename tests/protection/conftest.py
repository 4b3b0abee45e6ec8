"""A site that is quick to solve; no test sees what another has noted, or which rates it has raised."""

from collections.abc import Iterator

import pytest

from apps.protection import recording
from apps.sites.models import Site
from tests.protection.solving import forget_rates, set_site


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    recording.forget()
    monkeypatch.setattr(recording, "_flusher", recording._new_flusher())
    yield
    recording._flusher.stop()
    recording.forget()


@pytest.fixture(autouse=True)
def _no_rates() -> Iterator[None]:
    forget_rates()
    yield
    forget_rates()


@pytest.fixture
def site(shop: Site) -> Site:
    """Alice's site, at a level that is solved in a millisecond."""
    return set_site(shop)
