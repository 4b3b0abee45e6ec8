"""Verification, with the site's secret: 200 with `success` true or false, or an error that says what to do."""

from types import MappingProxyType
from typing import Final

from msgspec import UNSET

from apps.api import errors, limits, verification
from apps.api.contract import FORMS, JSON, Call, Credential
from apps.api.errors import ApiError
from apps.api.neocaptcha import schemas
from apps.api.neocaptcha.contracts import verify_api
from apps.api.times import to_the_second
from apps.api.verification import Asker, Told
from apps.audit import clock
from apps.audit.source import client_address, request_id
from apps.permissions.refusals import Invalid
from apps.protection.outcomes import Outcome
from apps.sites.models import Site
from apps.sites.origins import parse_origin
from apps.sites.verification import InvalidCredentials

_INVALID: Final = "invalid_solution"
_NONE: Final = "This is not a solution of a challenge of this site."
REASONS: Final = MappingProxyType(
    {
        Outcome.TEST_FAILED: (_INVALID, "This is the test key that always fails."),
        Outcome.NOT_A_SOLUTION: (_INVALID, _NONE),
        Outcome.INVALID: (_INVALID, _NONE),
        Outcome.WRONG_SITE: ("site_key_mismatch", "The solution is for another site."),
        Outcome.WRONG_ORIGIN: ("hostname_mismatch", "The solution is from an origin that is not expected."),
        Outcome.EXPIRED: ("expired_solution", "The solution is too old. The visitor has to solve another challenge."),
        Outcome.TOO_EARLY: (_INVALID, "The solution came sooner than the site accepts one."),
        Outcome.ALREADY_USED: (
            "solution_already_used",
            "The solution was verified as often as the site allows.",
        ),
        Outcome.BLOCKED: (_INVALID, "An access rule of the site blocks this visitor."),
    }
)
"""Why a solution is not accepted: a code of the contract, and a sentence."""

UNCHECKED: Final = "The site's protection is off: nothing was checked."
TEST: Final = "This is a test key: nothing was checked."
_NOTES: Final = MappingProxyType({Outcome.UNCHECKED: UNCHECKED, Outcome.TEST_PASSED: TEST, Outcome.TEST_FAILED: TEST})


@verify_api.endpoint(
    "POST",
    "/api/v1/verify",
    summary="Verify a solution",
    credential=Credential.SITE_SECRET,
    body=schemas.Verify,
    takes=(JSON, *FORMS),
    answer=schemas.Verified,
    statuses=(400, 401, 403, 413, 415, 429, 503),
)
def verify(call: Call) -> schemas.Verified:
    """Whether a solution is good: 200 with `success` true or false. A good one is spent by it."""
    body: schemas.Verify = call.body
    asker = _asker(call, body)
    if isinstance(asker, Site) and not asker.is_active:
        limits.count_verification(asker.site_key)
        raise ApiError(403, "site_disabled", verification.NOT_ACTIVE)
    expected = _origin(body.expected_origin) if isinstance(body.expected_origin, str) else ""
    found = verification.found_by(call, asker, body.solution, Told(origin=expected))
    return schemas.Verified(
        success=found.outcome.passes,
        request_id=request_id(call.request),
        verified_at=to_the_second(clock.now()) if found.outcome.passes else None,
        error=None if found.outcome.passes else schemas.Reason(*REASONS[found.outcome]),
        note=_NOTES.get(found.outcome, UNSET),
    )


def _asker(call: Call, body: schemas.Verify) -> Asker:
    try:
        return verification.asker_of_site(body.site_key, body.secret)
    except InvalidCredentials as refusal:
        limits.count_wrong_credentials(client_address(call.request))
        raise ApiError(401, "invalid_credentials", str(refusal)) from refusal


def _origin(text: str) -> str:
    try:
        return parse_origin(text, field="expectedOrigin")
    except Invalid as invalid:
        raise errors.invalid_request(str(invalid)) from invalid
