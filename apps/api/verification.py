"""What verification shares in all contracts: who asks, with a site's secret, an API key or test keys."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from apps.api import limits
from apps.api.contract import Call
from apps.api_keys.networks import read_address
from apps.audit.source import client_address, printable
from apps.counting.addresses import counted_as
from apps.protection import test_keys
from apps.protection.asking import AskedSite, Reach
from apps.protection.claims import claimed_site
from apps.protection.outcomes import Outcome
from apps.protection.test_keys import KeysForTests
from apps.protection.verdicts import Verification
from apps.protection.verifying import verify_solution
from apps.sites import site_key as spelling
from apps.sites.models import Site
from apps.sites.verification import authenticate_secret, authenticate_site

NOT_ACTIVE: Final = "This site is deactivated. Reactivate it in the dashboard."
LONGEST_TOLD: Final = 300  # characters of what a backend says of a visitor
_UNREADABLE: Final = UUID(int=0)
Asker = Site | KeysForTests
"""On whose behalf a verification is asked for: a site's, or nobody's, with keys for tests."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a solution.

    Attributes:
        verification: what was found.
        reach: how the API key that asked stands to the site.
        site: the site, where there is one and it was reached.
    """

    verification: Verification
    reach: Reach = Reach.REACHED
    site: Site | None = None

    @property
    def outcome(self) -> Outcome:
        """What was found, in a word."""
        return self.verification.outcome


@dataclass(frozen=True, slots=True)
class Told:
    """What a site's backend says besides the solution.

    Attributes:
        address: the visitor's; what is no address counts for nothing.
        user_agent: of their browser.
        user_id: what the backend calls them.
        origin: the canonical origin that the solution has to be from; empty for any of the site's.
    """

    address: str | None = None
    user_agent: str | None = None
    user_id: str | None = None
    origin: str = ""


NOTHING: Final = Told()


def asker_of_site(site_key: str, secret: str) -> Asker:
    """Whom a site key and a secret stand for; a site is active or not.

    Raises:
        InvalidCredentials: when the two do not belong together.
    """
    return test_keys.of_credentials(site_key, secret) or authenticate_site(site_key, secret)


def asker_of_secret(secret: str) -> Asker:
    """Whom a secret stands for; a site is active or not.

    Raises:
        InvalidCredentials: when it belongs to none.
    """
    return test_keys.of_secret(secret) or authenticate_secret(secret)


def count(call: Call, asker: Asker) -> None:
    """Count a verification: for a site, or with test keys for the address that it comes from.

    Raises:
        ApiError: 429, when there were too many in this minute.
    """
    if isinstance(asker, KeysForTests):
        limits.count_verification(f"tests from {counted_as(client_address(call.request))}")
    else:
        limits.count_verification(asker.site_key)


def named_site(solution: str, expected: str = "") -> UUID | None:
    """The site that a request with an API key is about: the one that it names, else the one that the solution names.

    Args:
        solution: as the backend sent it.
        expected: the site key that the request names, in any spelling; empty where it names none.

    Returns:
        Its key; `None` where neither names one.
    """
    return (spelling.read(expected) or _UNREADABLE) if expected else claimed_site(solution)


def found_by_key(call: Call, asked: AskedSite, named: UUID | None, solution: str, told: Told = NOTHING) -> Found:
    """What becomes of a solution that an API key asks about.

    Args:
        call: the request.
        asked: the site, as far as the key reaches it.
        named: its key.
        solution: as the backend sent it.
        told: what it says besides.

    Raises:
        ApiError: 429, when there were too many for the site in this minute.
    """
    if named and test_keys.of_key(named):
        return Found(Verification(Outcome.TEST_FAILED))  # anybody can write a solution of theirs: it opens nothing
    if named is None:
        return Found(Verification(Outcome.NOT_A_SOLUTION))
    if asked.site is None:
        return Found(Verification(Outcome.WRONG_SITE), asked.reach)
    if not asked.site.is_active:
        return Found(Verification(Outcome.WRONG_SITE), Reach.NO_SUCH_SITE)
    return found_by(call, asked.site, solution, told)


def found_by(call: Call, asker: Asker, solution: str, told: Told = NOTHING) -> Found:
    """What becomes of a solution that a site, or a test key, asks about.

    Args:
        call: the request.
        asker: on whose behalf it is asked for; a site is an active one.
        solution: as the backend sent it.
        told: what it says besides.

    Raises:
        ApiError: 429, when there were too many in this minute.
    """
    count(call, asker)
    if isinstance(asker, KeysForTests):
        return Found(asker.verification)
    verification = verify_solution(
        asker,
        solution,
        client_address=_address(told.address or ""),
        client_user_agent=printable((told.user_agent or "")[:LONGEST_TOLD]),
        user_id=printable((told.user_id or "")[:LONGEST_TOLD]),
        expected_origin=told.origin,
    )
    return Found(verification, site=asker)


def _address(text: str) -> str:
    """The address in its canonical spelling; empty for anything else: backends send whatever their server told them."""
    return str(read_address(text) or "")
