"""`POST /verify`: the body is the solution, an API key asks for it. `success` is in every body, whatever its status."""

from typing import Final

from msgspec import UNSET

from apps.api import verification
from apps.api.callers import key_or_test_key_caller
from apps.api.contract import TEXT, Call, Contract, ErrorShape
from apps.api.errors import ApiError, invalid_request
from apps.api.placements import X_API_KEY
from apps.api.privatecaptcha import schemas
from apps.api.privatecaptcha.codes import Code
from apps.api.privatecaptcha.contracts import platform_api
from apps.api.privatecaptcha.verify_codes import VerifyCode
from apps.api.times import to_the_second
from apps.api.verification import Found
from apps.protection.asking import site_to_verify
from apps.protection.claims import is_written_like_one
from apps.sites.origins import hostname

SITEKEY: Final = "X-PC-Sitekey"
NOT_ONE: Final = "The body is no solution. Send what the widget put into its field, and nothing else, as the body."


def _error(error: ApiError, request_id: str) -> schemas.VerifySolutionError:
    meta = schemas.Outcome(Code.FAILURE, str(error), request_id)
    return schemas.VerifySolutionError(success=False, code=VerifyCode.OTHER, meta=meta)


verification_api: Final = Contract(
    name="privatecaptcha",
    title="Verify a solution with a key",
    description="Check what the widget of Private Captcha sent, from your backend, with an API key. Every answer has "
    "`success`, whatever its status.",
    errors=ErrorShape(schemas.VerifySolutionError, _error),
    own_status=platform_api.own_status,
    authenticate=key_or_test_key_caller,
    placement=X_API_KEY,
    security=("apiKeyHeader",),
    id_headers=("X-Trace-ID",),
    tells_limits=True,
    roots=("/verify/",),
)


@verification_api.endpoint(
    "POST",
    "/verify",
    summary="Verify a solution with an API key",
    permission="verify",
    body=str,
    takes=(TEXT,),
    answer=schemas.VerifiedSolution,
    statuses=(400, 403, 413, 429),
)
def verify_solution_with_key(call: Call) -> schemas.VerifiedSolution:
    """Whether the visitor may pass. `X-PC-Sitekey` may name the property that the solution has to be for."""
    solution = call.body.strip()
    if not is_written_like_one(solution):
        raise invalid_request(NOT_ONE)
    if call.caller.test_keys:
        return _answer(verification.found_by(call, call.caller.test_keys, solution), solution)
    named = verification.named_site(solution, call.request.headers.get(SITEKEY, "").strip())
    asked = site_to_verify(call.actor, key=named)
    return _answer(verification.found_by_key(call, asked, named, solution), solution)


def _answer(found: Found, solution: str) -> schemas.VerifiedSolution:
    of = found.verification
    return schemas.VerifiedSolution(
        success=of.passes,
        code=VerifyCode.of(found, solution),
        origin=hostname(of.origin) if of.origin else UNSET,
        timestamp=to_the_second(of.issued_at) if of.issued_at else UNSET,
    )
