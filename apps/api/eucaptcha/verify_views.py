"""Verification. Every body has `success`, whatever its status: the published client for Python lets the visitor
pass when it is absent.
"""

from typing import Final

from msgspec import UNSET, UnsetType

from apps.api import limits, verification
from apps.api.contract import FORMS, JSON, LD_JSON, Call, Credential
from apps.api.errors import ApiError
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import verify_token_api
from apps.api.verification import Told
from apps.audit.source import client_address
from apps.protection.outcomes import Outcome
from apps.sites.models import Site
from apps.sites.verification import InvalidCredentials, passes_without_credentials

_TAKES: Final = (JSON, LD_JSON, *FORMS)
_STATUSES: Final = (400, 413, 415, 429)
_INVALID: Final = "invalid-input-response"
_OLD: Final = "timeout-or-duplicate"
_TOO_LATE: Final = {Outcome.EXPIRED, Outcome.ALREADY_USED}
_TESTS: Final = {Outcome.TEST_PASSED, Outcome.TEST_FAILED}
_UNCHECKED: Final = schemas.TokenVerified(success=True, train=True)


@verify_token_api.endpoint(
    "POST",
    "/v1/verify",
    summary="Verify a token",
    credential=Credential.SITE_SECRET,
    body=schemas.Token,
    takes=_TAKES,
    answer=schemas.TokenVerified,
    statuses=_STATUSES,
)
def verify_token(call: Call) -> schemas.TokenVerified:
    """Whether a visitor may pass: 200 with `success` true or false. A good token is spent by it."""
    body: schemas.Token = call.body
    given = {"sitekey": body.sitekey, "secret": body.secret, "response": _one_token(body)}
    if missing := [name for name, value in given.items() if value is None]:
        raise ApiError(400, "missing_field", f"Missing: {', '.join(missing)}.")
    if empty := [name for name, value in given.items() if not value]:
        return _refused(*(f"missing-input-{name}" for name in empty))
    sitekey, secret = given["sitekey"] or "", given["secret"] or ""
    try:
        asker = verification.asker_of_site(sitekey, secret)
    except InvalidCredentials as refusal:
        return _without_credentials(call, sitekey, refusal)
    if isinstance(asker, Site) and not asker.is_active:
        limits.count_verification(asker.site_key)
        return _refused("invalid-input-sitekey")
    told = Told(body.remote if body.client_ip is None else body.client_ip, body.client_user_agent)
    return _answer(verification.found_by(call, asker, given["response"] or "", told).outcome)


@verify_token_api.endpoint(
    "POST",
    "/v1/verify-credentials",
    summary="Verify a sitekey and a secret",
    credential=Credential.SITE_SECRET,
    body=schemas.SiteCredentials,
    takes=_TAKES,
    answer=schemas.CredentialsVerified,
    statuses=_STATUSES,
)
def verify_credentials(call: Call) -> schemas.CredentialsVerified:
    """Whether a sitekey and a secret belong together, without a visitor."""
    body: schemas.SiteCredentials = call.body
    try:
        asker = verification.asker_of_site(body.sitekey, body.secret)
    except InvalidCredentials:
        limits.count_wrong_credentials(client_address(call.request))
        return schemas.CredentialsVerified(valid=False)
    verification.count(call, asker)
    return schemas.CredentialsVerified(valid=True)


def _one_token(body: schemas.Token) -> str | None:
    """The token in either spelling.

    Raises:
        ApiError: 400, when both are there and differ.
    """
    if body.client_token is not None and body.response is not None and body.client_token != body.response:
        raise ApiError(400, "invalid_request", "client_token and response differ. Send one of them.")
    return body.response if body.client_token is None else body.client_token


def _without_credentials(call: Call, sitekey: str, refusal: InvalidCredentials) -> schemas.TokenVerified:
    """What a wrong secret or an unknown sitekey gets.

    Only who holds a live secret is told that the sitekey is wrong; anybody else cannot find out which
    sitekeys exist. Sites that ask for it let visitors pass, and say that nothing was checked.
    """
    if passes_without_credentials(sitekey):
        limits.count_verification(f"{sitekey} without its secret")
        return _UNCHECKED
    limits.count_wrong_credentials(client_address(call.request))
    return _refused("invalid-input-sitekey" if refusal.secret_is_known else "invalid-input-secret")


def _answer(outcome: Outcome) -> schemas.TokenVerified:
    is_test = True if outcome in _TESTS else UNSET
    if outcome.passes:
        return schemas.TokenVerified(success=True, train=outcome is not Outcome.ACCEPTED, test=is_test)
    return _refused(_OLD if outcome in _TOO_LATE else _INVALID, test=is_test)


def _refused(*codes: str, test: bool | UnsetType = UNSET) -> schemas.TokenVerified:
    return schemas.TokenVerified(success=False, train=False, error_codes=list(codes), test=test)
