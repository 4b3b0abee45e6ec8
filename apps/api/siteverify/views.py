"""The endpoint: who asks, and the answer in the words of the vendor whose body it is."""

from types import MappingProxyType
from typing import Final

from msgspec import UNSET

from apps.api import errors, limits, verification
from apps.api.callers import key_or_test_key_caller
from apps.api.contract import ANYTHING, FORMS, JSON, Call, Contract, Credential, ErrorShape
from apps.api.errors import ApiError, Violation
from apps.api.placements import BEARER
from apps.api.privatecaptcha.verify_codes import VerifyCode
from apps.api.prosopo.contracts import problem_of
from apps.api.siteverify import schemas
from apps.api.times import to_the_second
from apps.api.verification import Asker, Found, Told
from apps.audit.source import client_address
from apps.credentials.format import TokenKind
from apps.permissions.actor import Actor
from apps.protection.asking import site_to_verify
from apps.protection.outcomes import Outcome
from apps.protection.verdicts import Verification
from apps.sites.difficulty import LEVELS
from apps.sites.models import Site
from apps.sites.origins import hostname
from apps.sites.verification import InvalidCredentials

OK: Final = "ok"
NOT_KNOWN: Final = "The secret is not one of a site here. Check that it was copied whole; a rotated one stops at once."
STATUSES: Final = MappingProxyType(
    {
        Outcome.TEST_FAILED: "API.TEST_KEY",
        Outcome.NOT_A_SOLUTION: "API.USER_NOT_VERIFIED_NO_SOLUTION",
        Outcome.INVALID: "API.USER_NOT_VERIFIED",
        Outcome.WRONG_SITE: "API.INVALID_SITE_KEY",
        Outcome.WRONG_ORIGIN: "API.USER_NOT_VERIFIED_WRONG_ORIGIN",
        Outcome.EXPIRED: "API.USER_NOT_VERIFIED_TIME_EXPIRED",
        Outcome.TOO_EARLY: "API.USER_NOT_VERIFIED_TOO_EARLY",
        Outcome.ALREADY_USED: "API.USER_ALREADY_VERIFIED",
        Outcome.BLOCKED: "API.ACCESS_POLICY_BLOCK",
    }
)
"""Why a visitor may not pass, in Prosopo's words; the test key, the wrong origin and too early are this server's."""

REASONS: Final = MappingProxyType(
    {Outcome.UNCHECKED: "API.PROTECTION_OFF", Outcome.TEST_PASSED: STATUSES[Outcome.TEST_FAILED]}
)
"""Why one may who was not checked."""


def _error(error: ApiError, _request_id: str) -> schemas.SiteVerifyError:
    return schemas.SiteVerifyError(
        success=False, verified=False, error=problem_of(error), error_codes=[VerifyCode.OTHER.word]
    )


siteverify_api: Final = Contract(
    name="prosopo",
    title="Verify a solution at the site’s address",
    description="Check what a widget sent, from your backend, with the site's secret or an API key. Prosopo and "
    "Private Captcha have this path in common: a body with `token` is answered in the words of the one, a body with "
    "`response` in those of the other. Every answer has `success`, whatever its status.",
    errors=ErrorShape(schemas.SiteVerifyError, _error),
    authenticate=key_or_test_key_caller,
    takes=(JSON, *FORMS, ANYTHING),
    roots=("/siteverify/",),
)


@siteverify_api.endpoint(
    "POST",
    "/siteverify",
    summary="Verify a solution with a secret or a key",
    permission="verify",
    credential=Credential.SITE_SECRET_OR_KEY,
    body=schemas.SiteVerification,
    answer=schemas.SiteVerified,
    statuses=(400, 401, 403, 413, 429),
)
def site_verify(call: Call) -> schemas.SiteVerified:
    """Whether the visitor may pass: 200 with `success` true or false. A site is told by its secret, or its solution."""
    body: schemas.SiteVerification = call.body
    if body.token is not None and body.response is not None:
        raise errors.invalid_request("token is Prosopo's field and response Private Captcha's. Send one of them.")
    if body.token is not None:
        return _in_words_of_prosopo(_found(call, body.token, Told(body.ip, user_id=body.email)))
    if body.response is None:
        raise errors.invalid_fields([Violation("token", "token is missing.", "missing")])
    try:
        found = _found(call, body.response, Told(body.remoteip), expected=body.sitekey or "")
    except ApiError as error:
        if error.status == errors.unauthorized("").status:
            raise errors.forbidden(str(error)) from error
        raise
    return _in_words_of_private_captcha(found, body.response)


def _found(call: Call, solution: str, told: Told, expected: str = "") -> Found:
    """What becomes of a solution, for whoever the request is from.

    Raises:
        ApiError: 400 for two different keys, 401 for none that works, 429 for too many requests.
        Forbidden: for a key without `verify`.
    """
    asker = _asker(call)
    named = verification.named_site(solution, expected)
    if isinstance(asker, Actor):
        return verification.found_by_key(call, site_to_verify(asker, key=named), named, solution, told)
    if isinstance(asker, Site) and (not asker.is_active or (expected and named != asker.key)):
        return Found(Verification(Outcome.WRONG_SITE))
    return verification.found_by(call, asker, solution, told)


def _asker(call: Call) -> Asker | Actor:
    """Whom the request is from: a site by its secret, or a key, in the body or as the bearer.

    Raises:
        ApiError: 400 for two different keys, 401 for none that works.
    """
    secret: str = call.body.secret or ""
    if secret and not secret.startswith(TokenKind.API_KEY):
        try:
            return verification.asker_of_secret(secret)
        except InvalidCredentials:
            limits.count_wrong_credentials(client_address(call.request))
            raise errors.unauthorized(NOT_KNOWN) from None
    scheme, _, bearer = call.request.headers.get("Authorization", "").partition(" ")
    if secret and scheme.lower() == "bearer" and bearer.strip() != secret:
        raise errors.invalid_request("Two different API keys were sent: as secret, and as Authorization. Send one.")
    caller = call.recognised(secret or BEARER.read(call.request))
    return caller.test_keys or caller.required_actor


def _in_words_of_prosopo(found: Found) -> schemas.SiteVerified:
    outcome = found.outcome
    if not outcome.passes:
        status = STATUSES[outcome]
        return schemas.SiteVerified(success=False, verified=False, status=status, reason=status)
    reason = REASONS.get(outcome, UNSET)
    return schemas.SiteVerified(success=True, verified=True, status=OK, reason=reason, score=_score(found))


def _score(found: Found) -> float:
    """How much harder the challenge was than the site's own level: 0 for not at all, 1 for as hard as they get.

    The vendor's nears 1 for what looks like a bot. Nothing here looks at how a visitor behaves; what is known is how
    far their address, or a rule about them, had raised the work.
    """
    if found.site is None or found.site.level == LEVELS[-1]:
        return 0.0
    raised = found.verification.level - found.site.level
    return round(min(1.0, max(0.0, raised / (LEVELS[-1] - found.site.level))), 2)


def _in_words_of_private_captcha(found: Found, solution: str) -> schemas.SiteVerified:
    code, of = VerifyCode.of(found, solution), found.verification
    return schemas.SiteVerified(
        success=of.passes,
        challenge_ts=to_the_second(of.issued_at) if of.issued_at else UNSET,
        hostname=hostname(of.origin) if of.origin else UNSET,
        error_codes=UNSET if code is VerifyCode.NO_ERROR else [code.word],
    )
