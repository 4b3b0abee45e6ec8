"""Which access rule acts on a visitor."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.protection.visitors import Visitor
from apps.sites.models import Site


class RuleType(StrEnum):
    """What a rule does."""

    BLOCK = "block"
    RESTRICT = "restrict"


@dataclass(frozen=True, slots=True)
class RuleHit:
    """The rule that acts."""

    handle: str
    type: RuleType
    level: int | None
    defers_to_verify: bool
    description: str
    snapshot: dict[str, Any]


def winner(site: Site, visitor: Visitor) -> RuleHit | None:
    """The rule that acts on a visitor of a site; `None` when none does."""
    return None
