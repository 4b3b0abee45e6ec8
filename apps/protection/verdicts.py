"""What a verification found."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.protection.outcomes import Outcome
from apps.protection.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of one solution at one verification.

    What is not known of a text that is no solution of this server's is empty.

    Attributes:
        outcome: what was found.
        origin: the canonical origin that the challenge was given to.
        issued_at: when it was given, by the server's clock.
        times: how often it has been accepted, this time included; 0 where it was not.
        level: how much work it was; 0 for one of a site whose protection was off.
        visitor: who got it.
        nonce: the challenge's id, which is the record's too.
        solve_ms: how long solving took, in milliseconds, as the browser claims; within the time since it was issued.
        rule: the handle of the access rule that acted.
    """

    outcome: Outcome
    origin: str = ""
    issued_at: datetime | None = None
    times: int = 0
    level: int = 0
    visitor: Visitor | None = None
    nonce: UUID | None = None
    solve_ms: int | None = None
    rule: str = ""

    @property
    def passes(self) -> bool:
        """Whether the visitor may go on."""
        return self.outcome.passes
