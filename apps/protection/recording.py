"""Notes on challenges, for records and traffic."""

from datetime import datetime
from uuid import UUID

from apps.protection.matching import RuleHit
from apps.protection.verdicts import Verification
from apps.protection.visitors import Visitor
from apps.sites.models import Site


def note_issued(site: Site, visitor: Visitor, *, nonce: UUID, origin: str, level: int, moment: datetime) -> None:
    """A challenge was issued."""


def note_blocked(
    site: Site, visitor: Visitor, *, hit: RuleHit | None, reason: str, origin: str, moment: datetime
) -> None:
    """A challenge was refused."""


def note_answered(site: Site, *, verification: Verification, moment: datetime) -> None:
    """A solution arrived."""
