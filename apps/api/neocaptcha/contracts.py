"""The two contracts of this vendor: they differ in what they take and in how they say no."""

from typing import Final

from apps.api.contract import Contract, ErrorShape
from apps.api.errors import ApiError
from apps.api.neocaptcha import schemas

_VERIFY_CODES: Final = {"rate_limited", "service_unavailable", "internal_error", "invalid_credentials", "site_disabled"}
_RETRYABLE: Final = {"rate_limited", "service_unavailable", "internal_error"}


def _sites_error(error: ApiError, _request_id: str) -> schemas.SitesError:
    return schemas.SitesError(error=str(error))


def _verify_error(error: ApiError, request_id: str) -> schemas.VerifyError:
    code = error.code if error.code in _VERIFY_CODES else "invalid_request"
    problem = schemas.VerifyProblem(code=code, message=str(error), retryable=code in _RETRYABLE)
    return schemas.VerifyError(error=problem, request_id=request_id)


sites_api: Final = Contract(
    name="neocaptcha",
    title="Sites",
    description="NeoCaptcha's Sites API, to manage sites with an API key, and three endpoints that its page lacks.",
    errors=ErrorShape(schemas.SitesError, _sites_error),
    roots=("/api/",),
)

verify_api: Final = Contract(
    name="neocaptcha",
    title="Verify",
    description="Check a visitor's solution from your backend, with the site's secret instead of an API key.",
    errors=ErrorShape(schemas.VerifyError, _verify_error),
)
