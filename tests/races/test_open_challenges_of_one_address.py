"""One address that asks for many challenges at the same moment: it gets as many as its site allows, and no more."""

from functools import partial

import pytest

from apps.protection.issuing import ChallengeRefused, Reason, issue_challenge
from apps.protection.models import Challenge
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from tests.protection.solving import ORIGIN, set_site
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
MOST = 3


def test_an_address_never_has_more_open_than_allowed(shop: Site) -> None:
    site = set_site(shop, max_parallel=MOST)
    for number in range(ROUNDS):
        visitor = Visitor(f"203.0.113.{number}")
        results = together([partial(issue_challenge, site, visitor, ORIGIN)] * THREADS)
        assert len(succeeded(results)) == MOST
        refusals = [error.reason for error in failures(results) if isinstance(error, ChallengeRefused)]
        assert refusals == [Reason.TOO_MANY_OPEN] * (THREADS - MOST)
    assert Challenge.objects.count() == MOST * ROUNDS
