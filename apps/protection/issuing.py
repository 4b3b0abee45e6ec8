"""A challenge for a visitor of a site: whether they get one, and how much work it is."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from altcha import v2 as altcha

from apps.audit import clock
from apps.protection import geography, matching, pace, recording
from apps.protection.matching import RuleHit, RuleType
from apps.protection.sealing import Sealed, seal
from apps.protection.signed_facts import SignedFacts
from apps.protection.signing import Purpose, address_digest, newest_key, newest_pepper
from apps.protection.spent_models import Challenge, add_challenge, seconds_until_fewer
from apps.protection.visitors import Visitor
from apps.protection.work import ALGORITHM, NONE, UNPROTECTED, clamped, work_for
from apps.sites.models import Site
from apps.sites.origins import is_allowed_on

TOO_MANY_OPEN: Final = "too many open challenges"


class Reason(StrEnum):
    """Why nobody gets a challenge."""

    SITE_DISABLED = "site disabled"
    ORIGIN_NOT_ALLOWED = "origin not allowed"
    BLOCKED = "blocked"
    TOO_MANY_OPEN = "too many open"


class ChallengeRefused(Exception):
    """There is no challenge for this visitor now; `str` is a sentence for who reads it.

    Attributes:
        reason: why.
        retry_after: seconds until it is worth asking again; 0 where it is not.
        hit: the rule that blocks, where one does.
    """

    def __init__(self, reason: Reason, message: str, *, retry_after: int = 0, hit: RuleHit | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        self.hit = hit


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """A challenge on its way to a widget.

    Attributes:
        nonce: its id, which is the record's too.
        parameters: what the widget solves, in the words of ALTCHA v2.
        signature: of the parameters.
        level: how much work it is, 1 to 255; 0 where the site's protection is off.
        initial_delay: seconds from now until a solution is accepted.
        validity_seconds: seconds from now until none is accepted any more.
    """

    nonce: UUID
    parameters: dict[str, Any]
    signature: str
    level: int
    initial_delay: int
    validity_seconds: int

    @property
    def is_protected(self) -> bool:
        """Whether a solution is checked."""
        return self.level != UNPROTECTED


def issue_challenge(site: Site, visitor: Visitor, origin: str, *, own_origin: str = "") -> IssuedChallenge:
    """A challenge for a visitor.

    Args:
        site: whose.
        visitor: who asks; country and network are looked up here.
        origin: the canonical origin of the page that asks.
        own_origin: an origin that is allowed besides the site's, for the dashboard's own test.

    Raises:
        ChallengeRefused: when the site is switched off, the origin is not the site's, a rule blocks the visitor, or
            their address has too many challenges open.
    """
    if not site.is_active or site.deleted_at:
        raise ChallengeRefused(Reason.SITE_DISABLED, "This site is deactivated. Its owner can reactivate it.")
    if not is_allowed_on(site, origin) and origin != own_origin:
        raise ChallengeRefused(Reason.ORIGIN_NOT_ALLOWED, _not_allowed(origin))
    now = clock.now()
    if not visitor.country and not visitor.asn:
        country, asn = geography.locate(visitor.address)
        visitor = replace(visitor, country=country, asn=asn)
    if not site.protection_enabled:
        issued = _made(site, visitor, origin, now, Sealed(UNPROTECTED, 0), initial_delay=0)
    else:
        issued = _protected(site, visitor, origin, now)
    recording.note_issued(site, visitor, nonce=issued.nonce, origin=origin, level=issued.level, moment=now)
    return issued


def _protected(site: Site, visitor: Visitor, origin: str, now: datetime) -> IssuedChallenge:
    hit = matching.winner(site, visitor)
    if hit and hit.type is RuleType.BLOCK and not hit.defers_to_verify:
        recording.note_blocked(site, visitor, hit=hit, reason=hit.description, origin=origin, moment=now)
        raise ChallengeRefused(Reason.BLOCKED, "An access rule of this site blocks this visitor.", hit=hit)
    digest = address_digest(visitor.address)
    level = _restricted(pace.raised_level(site.level, site.growth, pace.count(site, digest)), hit)
    counter = secrets.randbelow(work_for(level).counters)
    is_blocked = hit is not None and hit.type is RuleType.BLOCK
    sealed = Sealed(level, counter, hit.handle if hit else "", is_blocked)
    issued = _made(site, visitor, origin, now, sealed, initial_delay=site.initial_delay)
    row = Challenge(
        nonce=issued.nonce,
        site=site,
        address_digest=digest,
        issued_at=now,
        expires_at=now + timedelta(seconds=site.validity_seconds),
    )
    if not add_challenge(row, most_open=site.max_parallel if visitor.address else None):
        recording.note_blocked(site, visitor, hit=None, reason=TOO_MANY_OPEN, origin=origin, moment=now)
        raise ChallengeRefused(
            Reason.TOO_MANY_OPEN,
            f"This address has as many unsolved challenges of this site open as it may have: {site.max_parallel}.",
            retry_after=seconds_until_fewer(site.pk, digest, now),
        )
    return issued


def _restricted(level: int, hit: RuleHit | None) -> int:
    if hit is None or hit.type is not RuleType.RESTRICT:
        return level
    return clamped(max(level, hit.level) if hit.level else level + hit.raises_by)


def _made(
    site: Site, visitor: Visitor, origin: str, now: datetime, sealed: Sealed, *, initial_delay: int
) -> IssuedChallenge:
    """Draw, seal and sign a challenge: one key derivation, whatever the level."""
    work = work_for(sealed.level) if sealed.level else NONE
    pepper = newest_pepper()
    facts = SignedFacts(
        s=site.key.hex,
        o=origin,
        t=int(now.timestamp() * 1000),
        p=pepper,
        d=initial_delay,
        e=site.validity_seconds,
    )
    whole = Sealed(
        sealed.level,
        sealed.counter,
        sealed.rule,
        sealed.is_blocked,
        visitor.address,
        visitor.user_agent,
        visitor.country,
        visitor.asn,
        visitor.ja4,
    )
    made = altcha.create_challenge(
        ALGORITHM,
        work.cost,
        counter=sealed.counter,
        data=facts.sealed_with(seal(whole, pepper=pepper, context=facts.context)),
        hmac_secret=newest_key(Purpose.CHALLENGE),
        hmac_key_secret=newest_key(Purpose.WORK),
    )
    return IssuedChallenge(
        nonce=UUID(hex=made.parameters.nonce),
        parameters=made.parameters.to_dict(),
        signature=str(made.signature),
        level=sealed.level,
        initial_delay=initial_delay,
        validity_seconds=site.validity_seconds,
    )


def _not_allowed(origin: str) -> str:
    return (
        f"{origin} is not among this site's allowed origins. Add it in the site's settings"
        " (or allow subdomains, or localhost), or use the site key of the site that it belongs to."
    )
