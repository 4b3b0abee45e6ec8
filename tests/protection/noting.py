"""What requests would note: verifications as `verifying` makes them, and visitors."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from apps.audit import clock
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.protection.visitors import Visitor
from apps.sites.models import Site

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
VISITOR = Visitor(address="203.0.113.77", user_agent=FIREFOX, country="DE", asn=3320, user_id="u-17", ja4="t13d1516h2")


@dataclass(frozen=True)
class Checked:
    """A verification: what recording needs of one."""

    outcome: Outcome = Outcome.ACCEPTED
    origin: str = "https://shop.example"
    issued_at: datetime | None = field(default_factory=lambda: clock.now() - timedelta(seconds=10))
    times: int = 1
    level: int = 96
    visitor: Visitor | None = VISITOR
    nonce: UUID | None = field(default_factory=uuid4)
    solve_ms: int | None = 1_500
    rule: str = ""


@dataclass(frozen=True)
class Hit:
    """A rule that acted."""

    handle: str = "hash-1"
    type: str = "block"
    level: int | None = None
    defers_to_verify: bool = False
    description: str = "Scraper"
    snapshot: dict[str, Any] = field(default_factory=lambda: {"description": "Scraper", "type": "block"})


def issue(site: Site, visitor: Visitor = VISITOR, *, moment: datetime | None = None) -> UUID:
    """Note a challenge; its nonce."""
    nonce = uuid4()
    at = moment or clock.now()
    recording.note_issued(site, visitor, nonce=nonce, origin="https://shop.example", level=96, moment=at)
    return nonce


def answer(site: Site, outcome: Outcome = Outcome.ACCEPTED, *, moment: datetime | None = None, **told: Any) -> Checked:
    """Note a verification."""
    at = moment or clock.now()
    told = {"issued_at": at - timedelta(seconds=10)} | told
    checked = Checked(outcome=outcome, **told)
    recording.note_answered(site, verification=checked, moment=at)
    return checked


def block(site: Site, visitor: Visitor = VISITOR, *, hit: Hit | None = None, moment: datetime | None = None) -> None:
    """Note that somebody got no challenge."""
    at = moment or clock.now()
    recording.note_blocked(
        site, visitor, hit=hit or Hit(), reason="an access rule", origin="https://shop.example", moment=at
    )


def visitor(**changed: Any) -> Visitor:
    """The visitor, but for what is changed."""
    return replace(VISITOR, **changed)
