"""No test sees what another has noted."""

from collections.abc import Iterator

import pytest

from apps.protection import recording


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    recording.forget()
    monkeypatch.setattr(recording, "_flusher", recording._new_flusher())
    yield
    recording._flusher.stop()
    recording.forget()
