"""What can become of a challenge and of its solution: one vocabulary for contracts, records, traffic and pages."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a verification found. Only the first three let the visitor pass."""

    ACCEPTED = "accepted"
    UNCHECKED = "unchecked"  # the site's protection is off
    TEST_PASSED = "test passed"  # a test key that always passes
    TEST_FAILED = "test failed"  # a test key that always fails
    NOT_A_SOLUTION = "not a solution"  # the text cannot be read as one
    INVALID = "invalid"  # not signed here, changed on its way, or the work was not done
    WRONG_SITE = "wrong site"  # of another site than the one that asks
    WRONG_ORIGIN = "wrong origin"  # solved where the site, or its backend, does not expect it
    EXPIRED = "expired"
    TOO_EARLY = "too early"  # before the site's initial delay was over
    ALREADY_USED = "already used"  # as often as the site allows
    BLOCKED = "blocked"  # by an access rule that waits for the verification

    @property
    def passes(self) -> bool:
        """Whether the visitor may go on."""
        return self in _PASSING

    @property
    def is_solved(self) -> bool:
        """Whether the work was really done, whatever came of it."""
        return self in _SOLVED


_PASSING = frozenset({Outcome.ACCEPTED, Outcome.UNCHECKED, Outcome.TEST_PASSED})
_SOLVED = frozenset(
    {
        Outcome.ACCEPTED,
        Outcome.WRONG_SITE,
        Outcome.WRONG_ORIGIN,
        Outcome.EXPIRED,
        Outcome.TOO_EARLY,
        Outcome.ALREADY_USED,
        Outcome.BLOCKED,
    }
)
