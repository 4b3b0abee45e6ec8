"""A site that is quick to solve; no test sees what another has noted."""

from collections.abc import Iterator

import pytest

from apps.protection import recording
from apps.sites.models import Site
from tests.protection.solving import set_site


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    recording.forget()
    monkeypatch.setattr(recording, "_flusher", recording._new_flusher())
    yield
    recording._flusher.stop()
    recording.forget()


@pytest.fixture
def site(shop: Site) -> Site:
    """Alice's site, at a level that is solved in a millisecond."""
    return set_site(shop)
