"""What became of a solution, in this contract's numbers and words.

Source: Private Captcha's documentation, "Verify API".
"""

from enum import IntEnum
from types import MappingProxyType
from typing import Final

from apps.api.verification import Found
from apps.protection.asking import Reach
from apps.protection.claims import was_given_here
from apps.protection.outcomes import Outcome


class VerifyCode(IntEnum):
    """Why a solution is not, or not really, verified.

    2 is in the vendor's list and means nothing here: a solution there is a set of numbers, of which two may be the
    same; here it is one number.
    """

    NO_ERROR = 0
    OTHER = 1
    DUPLICATES = 2
    INVALID = 3
    BAD_FORMAT = 4
    EXPIRED = 5
    PROPERTY_INVALID = 6
    OWNER_MISMATCH = 7
    VERIFIED_BEFORE = 8
    MAINTENANCE = 9
    TEST_PROPERTY = 10
    INTEGRITY = 11
    ORGANIZATION_SCOPE = 12

    @property
    def word(self) -> str:
        """The same for `error-codes`."""
        return _WORDS[self]

    @classmethod
    def of(cls, found: Found, solution: str) -> "VerifyCode":
        """The code for what became of a solution."""
        if found.reach is not Reach.REACHED:
            return _OF_REACH[found.reach]
        if found.outcome is Outcome.INVALID and not was_given_here(solution):
            return cls.INTEGRITY
        return _OF_OUTCOME[found.outcome]


_WORDS: Final = MappingProxyType(
    {
        VerifyCode.NO_ERROR: "no-error",
        VerifyCode.OTHER: "error-other",
        VerifyCode.DUPLICATES: "solution-duplicates",
        VerifyCode.INVALID: "solution-invalid",
        VerifyCode.BAD_FORMAT: "solution-bad-format",
        VerifyCode.EXPIRED: "puzzle-expired",
        VerifyCode.PROPERTY_INVALID: "property-invalid",
        VerifyCode.OWNER_MISMATCH: "property-owner-mismatch",
        VerifyCode.VERIFIED_BEFORE: "solution-verified-before",
        VerifyCode.MAINTENANCE: "maintenance-mode",
        VerifyCode.TEST_PROPERTY: "property-test",
        VerifyCode.INTEGRITY: "integrity-error",
        VerifyCode.ORGANIZATION_SCOPE: "org-scope-error",
    }
)
_OF_OUTCOME: Final = MappingProxyType(
    {
        Outcome.ACCEPTED: VerifyCode.NO_ERROR,
        Outcome.UNCHECKED: VerifyCode.MAINTENANCE,
        Outcome.TEST_PASSED: VerifyCode.TEST_PROPERTY,
        Outcome.TEST_FAILED: VerifyCode.TEST_PROPERTY,
        Outcome.NOT_A_SOLUTION: VerifyCode.BAD_FORMAT,
        Outcome.INVALID: VerifyCode.INVALID,
        Outcome.WRONG_SITE: VerifyCode.PROPERTY_INVALID,
        Outcome.WRONG_ORIGIN: VerifyCode.OTHER,
        Outcome.EXPIRED: VerifyCode.EXPIRED,
        Outcome.TOO_EARLY: VerifyCode.OTHER,
        Outcome.ALREADY_USED: VerifyCode.VERIFIED_BEFORE,
        Outcome.BLOCKED: VerifyCode.OTHER,
    }
)
_OF_REACH: Final = MappingProxyType(
    {
        Reach.NO_SUCH_SITE: VerifyCode.PROPERTY_INVALID,
        Reach.NOT_ITS_OWN: VerifyCode.OWNER_MISMATCH,
        Reach.ANOTHER_ORGANIZATION: VerifyCode.ORGANIZATION_SCOPE,
    }
)
