"""Whether a solution is good: read it, check its MAC, look at what it says, and spend it in one conditional write."""

import hmac
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from apps.audit import clock
from apps.protection import matching, recording
from apps.protection.matching import RuleType
from apps.protection.outcomes import Outcome
from apps.protection.sealing import Sealed, unseal
from apps.protection.signing import address_digest
from apps.protection.solutions import Solution, is_genuine, read_solution
from apps.protection.spent_models import Challenge, spend
from apps.protection.verdicts import Verification as Verification
from apps.protection.visitors import Visitor
from apps.protection.work import UNPROTECTED
from apps.sites.models import Site
from apps.sites.origins import is_allowed_on

UNCHECKED: Final = Verification(Outcome.UNCHECKED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a site's backend says beside the solution; see `verify_solution`."""

    user_id: str
    expected_origin: str
    own_origin: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A solution that is genuine."""

    solution: Solution
    sealed: Sealed

    @property
    def nonce(self) -> UUID:
        """The challenge's id."""
        return UUID(hex=self.solution.challenge.parameters.nonce)

    @property
    def issued_at(self) -> datetime:
        """When the challenge was given, by the server's clock then."""
        return datetime.fromtimestamp(self.solution.facts.t / 1000, UTC)

    def expires_at(self, site: Site) -> datetime:
        """When it stops being good: by what it was given with, or sooner, if the site shortened that since.

        Never later: the row that tells that it was spent is kept for as long as it was given with.
        """
        return self.issued_at + timedelta(seconds=min(self.solution.facts.e, site.validity_seconds))


def verify_solution(
    site: Site,
    solution: str,
    *,
    client_address: str = "",
    client_user_agent: str = "",
    user_id: str = "",
    expected_origin: str = "",
    own_origin: str = "",
) -> Verification:
    """Verify a solution, and spend it if it is good. A bad one is an outcome and never an error.

    The caller has authenticated the site, and has looked whether it is active.

    Args:
        site: who asks.
        solution: as the visitor's browser sent it.
        client_address: the visitor's, as the site's backend saw it; told where the solution tells none.
        client_user_agent: the same of their browser.
        user_id: what the site's backend calls the visitor; access rules may be about it.
        expected_origin: the canonical origin that the backend expects; empty for any of the site's.
        own_origin: an origin that is allowed besides the site's, for the dashboard's own test.

    Raises:
        django.db.Error: when the database is away. Nobody passes then.
    """
    asked = Asked(user_id, expected_origin, own_origin, clock.now())
    found = _verified(site, solution, asked)
    if found.visitor is None or not found.visitor.address:
        told = Visitor(client_address, client_user_agent, user_id=user_id)
        found = replace(found, visitor=told)
    recording.note_answered(site, verification=found, moment=asked.at)
    return found


def _verified(site: Site, text: str, asked: Asked) -> Verification:
    read = read_solution(text)
    opened = _opened(read) if read else None
    if not site.protection_enabled:
        return _told(opened, asked, Outcome.UNCHECKED) if opened and _is_of(site, opened) else UNCHECKED
    if read is None:
        return Verification(Outcome.NOT_A_SOLUTION)
    if opened is None:
        return Verification(Outcome.INVALID)
    if not _is_of(site, opened):
        return Verification(Outcome.WRONG_SITE)
    if failure := _failure(site, opened, asked):
        return _told(opened, asked, failure)
    if rule := _blocking_rule(site, opened, asked):
        return _told(opened, asked, Outcome.BLOCKED, rule=rule)
    times = spend(_row(site, opened), most=site.max_replay_count)
    return _told(opened, asked, Outcome.ACCEPTED if times else Outcome.ALREADY_USED, times=times)


def _is_of(site: Site, opened: Opened) -> bool:
    return hmac.compare_digest(opened.solution.facts.s.encode(), site.key.hex.encode())


def _opened(read: Solution) -> Opened | None:
    """The solution with what is sealed in it; `None` when it is not genuine, or not the counter that was drawn."""
    if not is_genuine(read):
        return None
    sealed = unseal(read.facts.v, pepper=read.facts.p, context=read.facts.context)
    return Opened(read, sealed) if sealed and sealed.counter == read.solution.counter else None


def _failure(site: Site, opened: Opened, asked: Asked) -> Outcome | None:
    facts = opened.solution.facts
    if opened.sealed.level == UNPROTECTED or asked.at >= opened.expires_at(site):
        return Outcome.EXPIRED  # what was given while the protection was off is good for nothing once it is on
    if not is_allowed_on(site, facts.o) and facts.o != asked.own_origin:
        return Outcome.WRONG_ORIGIN
    if asked.expected_origin and facts.o != asked.expected_origin:
        return Outcome.WRONG_ORIGIN
    if asked.at < opened.issued_at + timedelta(seconds=facts.d):
        return Outcome.TOO_EARLY
    return None


def _blocking_rule(site: Site, opened: Opened, asked: Asked) -> str:
    """The handle of the rule that turns the visitor away; empty where none does.

    Rules are asked when the challenge is given. They are asked again only when the backend has named the visitor.
    """
    if opened.sealed.is_blocked:
        return opened.sealed.rule
    if not asked.user_id:
        return ""
    hit = matching.winner(site, opened.sealed.visitor(asked.user_id))
    return hit.handle if hit and hit.type is RuleType.BLOCK else ""


def _row(site: Site, opened: Opened) -> Challenge:
    return Challenge(
        nonce=opened.nonce,
        site=site,
        address_digest=address_digest(opened.sealed.address),
        issued_at=opened.issued_at,
        expires_at=opened.issued_at + timedelta(seconds=opened.solution.facts.e),
    )


def _told(opened: Opened, asked: Asked, outcome: Outcome, *, times: int = 0, rule: str = "") -> Verification:
    return Verification(
        outcome,
        origin=opened.solution.facts.o,
        issued_at=opened.issued_at,
        times=times,
        level=opened.sealed.level,
        visitor=opened.sealed.visitor(asked.user_id),
        nonce=opened.nonce,
        solve_ms=_solve_ms(opened, asked.at),
        rule=rule or opened.sealed.rule,
    )


def _solve_ms(opened: Opened, now: datetime) -> int | None:
    """What the browser claims, within what is possible."""
    claimed = opened.solution.solution.time
    if claimed is None or not math.isfinite(claimed):
        return None
    since = (now - opened.issued_at).total_seconds() * 1000
    return max(0, round(min(claimed, since)))
