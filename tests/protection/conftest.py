"""A site that is quick to solve, and rates that no other test has raised."""

from collections.abc import Iterator

import pytest

from apps.sites.models import Site
from tests.protection.solving import forget_rates, set_site


@pytest.fixture(autouse=True)
def _no_rates() -> Iterator[None]:
    forget_rates()
    yield
    forget_rates()


@pytest.fixture
def site(shop: Site) -> Site:
    """Alice's site, at a level that is solved in a millisecond."""
    return set_site(shop)
