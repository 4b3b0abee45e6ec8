"""What requests note of challenges and answers, as it waits in memory to become records and counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID, uuid4

from apps.protection.outcomes import Outcome
from apps.protection.visitors import Visitor


class Verified(Protocol):
    """What is known of a solution that was checked (`verifying.Verification`)."""

    @property
    def outcome(self) -> Outcome:
        """What was found."""

    @property
    def origin(self) -> str:
        """Where the challenge was solved."""

    @property
    def issued_at(self) -> datetime | None:
        """When it was issued; `None` where nothing of ours could be read."""

    @property
    def level(self) -> int:
        """How hard it was."""

    @property
    def visitor(self) -> Visitor | None:
        """Who asked for it."""

    @property
    def nonce(self) -> UUID | None:
        """Which challenge it was."""

    @property
    def solve_ms(self) -> int | None:
        """How long the widget says that it took."""

    @property
    def rule(self) -> str:
        """The handle of the rule that acted."""


class ActingRule(Protocol):
    """An access rule that acted on a request (`matching.RuleHit`)."""

    @property
    def handle(self) -> str:
        """Its name in the account."""

    @property
    def type(self) -> str:
        """`block` or `restrict`."""

    @property
    def level(self) -> int | None:
        """The level that it asks for."""

    @property
    def snapshot(self) -> dict[str, Any]:
        """The rule as it is."""


class Cell(NamedTuple):
    """What is counted together: one count of a site in one minute."""

    site_id: int
    minute: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A verification that was answered."""

    account_id: UUID
    site_id: int
    verification: Verified
    hit: ActingRule | None
    moment: datetime

    @property
    def is_solved(self) -> bool:
        """Whether a challenge of this site was really solved."""
        outcome = self.verification.outcome
        return outcome.is_solved and outcome is not Outcome.WRONG_SITE


@dataclass(slots=True)
class Refusal:
    """A challenge that was not given, as often as it was asked for.

    Attributes:
        times: how often.
        id: of the record that it becomes.
    """

    account_id: UUID
    site_id: int
    visitor: Visitor
    hit: ActingRule | None
    reason: str
    origin: str
    moment: datetime
    times: int = 1
    id: UUID = field(default_factory=uuid4)


@dataclass(slots=True)
class Notes:
    """A batch on its way to the database: counts, and what becomes records; refusals by the record's id."""

    counts: dict[Cell, int] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    refusals: dict[UUID, Refusal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.counts or self.answers or self.refusals)

    @property
    def size(self) -> int:
        """How many records it makes at the most."""
        return len(self.answers) + len(self.refusals)

    def stories(self) -> Iterator[Answer | Refusal]:
        """What becomes records."""
        yield from self.refusals.values()
        yield from self.answers
