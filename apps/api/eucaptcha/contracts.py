"""The two contracts of this vendor: management answers problems, verification answers `success` whatever happens."""

from http import HTTPStatus
from typing import Final

from apps.api.contract import PROBLEM, Contract, ErrorShape
from apps.api.errors import ApiError
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.tokens import key_or_person

BASE: Final = "/myra-auto-app-api"
_FIELDS_STATUS: Final = 422


def _problem(error: ApiError, _request_id: str) -> schemas.Problem:
    return schemas.Problem(title=HTTPStatus(error.status).phrase, detail=str(error), status=error.status)


def _field_problem(error: ApiError, _request_id: str) -> schemas.FieldProblem:
    return schemas.FieldProblem(
        title=HTTPStatus(_FIELDS_STATUS).phrase,
        detail=str(error),
        status=_FIELDS_STATUS,
        violations=[schemas.FieldViolation(one.field, one.message, one.code) for one in error.violations],
    )


def _unauthenticated(error: ApiError, _request_id: str) -> schemas.Unauthenticated:
    return schemas.Unauthenticated(code=error.status, message=str(error))


def _verify_error(error: ApiError, _request_id: str) -> schemas.VerifyTokenError:
    is_missing = any(violation.code == "missing" for violation in error.violations)
    return schemas.VerifyTokenError(
        success=False, error="missing_field" if is_missing else error.code, message=str(error)
    )


sitekeys_api: Final = Contract(
    name="eucaptcha",
    title="Sitekeys",
    description="Manage sites, who shares them, and their secrets, with an API key or as a person. "
    "EU Captcha's Sitekeys API.",
    errors=ErrorShape(schemas.Problem, _problem, PROBLEM),
    errors_by_status={
        401: ErrorShape(schemas.Unauthenticated, _unauthenticated),
        _FIELDS_STATUS: ErrorShape(schemas.FieldProblem, _field_problem, PROBLEM),
    },
    invalid_fields_status=_FIELDS_STATUS,
    authenticate=key_or_person,
    security=("apiKey", "loginToken"),
    roots=(f"{BASE}/", "/captcha-stats-user"),
)

verify_token_api: Final = Contract(
    name="eucaptcha",
    title="Verify a token",
    description="Check what the widget of EU Captcha sent, from your backend, with the site's secret. Every answer "
    "has `success`, whatever its status.",
    errors=ErrorShape(schemas.VerifyTokenError, _verify_error),
    roots=("/v1/",),
)
