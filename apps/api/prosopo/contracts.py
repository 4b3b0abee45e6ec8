"""The contract: its errors have a key for programs, and what only reads is answered to POST and to GET alike."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import msgspec

from apps.accounts.team import AlreadyAMember, NoSuchPerson, RemovesThemself
from apps.api import errors
from apps.api.contract import ANYTHING, FORMS, JSON, Call, Contract, ErrorShape, Handler
from apps.api.errors import ApiError
from apps.api.prosopo import schemas
from apps.api_keys.access import NoSuchKey
from apps.protection.rule_access import NoSuchGroup, NoSuchRule
from apps.protection.rules import TooManyRules
from apps.protection.suggestions import NoSuchSuggestion
from apps.sites.access import NoSuchSite
from apps.sites.operations import LastActiveSite
from apps.sites.settings import NameTaken

READING_STATUSES: Final = (400, 401, 403, 404, 413, 429)
CHANGING_STATUSES: Final = (400, 401, 403, 404, 409, 413, 429)

_KEYS_BY_PROBLEM: Final = {
    errors.MISSING_BODY: "API.MISSING_BODY",
    errors.UNPARSABLE_BODY: "API.PARSE_ERROR",
    errors.INVALID_BODY: "API.INVALID_BODY",
    errors.MISSING_CREDENTIAL: "API.MISSING_AUTHORIZATION_HEADER",
}
_KEYS_BY_STATUS: Final = {
    400: "API.BAD_REQUEST",
    401: "API.UNAUTHORIZED",
    403: "API.INSUFFICIENT_PERMISSIONS",
    404: "API.NOT_FOUND",
    405: "API.METHOD_NOT_ALLOWED",
    409: "API.CONFLICT",
    413: "API.PAYLOAD_TOO_LARGE",
    429: "API.TOO_MANY_REQUESTS",
    500: "API.INTERNAL_ERROR",
    503: "API.SERVICE_UNAVAILABLE",
}


def problem_of(error: ApiError) -> schemas.PortalProblem:
    """An error in this contract's words."""
    key = _KEYS_BY_PROBLEM.get(error.problem, error.problem) or _KEYS_BY_STATUS[error.status]
    required = schemas.Required(error.permission) if error.permission else msgspec.UNSET
    return schemas.PortalProblem(error.status, str(error), key, required)


def _error(error: ApiError, _request_id: str) -> schemas.PortalError:
    return schemas.PortalError(problem_of(error))


portal_api: Final = Contract(
    name="prosopo",
    title="Portal",
    description="Prosopo's API: manage sites, people, API keys and access rules with an API key. A body is JSON "
    "whatever its content type says, or a form. `accountId` and `token` mean nothing: the account is the key's.",
    errors=ErrorShape(schemas.PortalError, _error),
    problems={
        NoSuchSite: "GENERAL.SITE_KEY_NOT_FOUND",
        NoSuchPerson: "GENERAL.ACCOUNT_NOT_FOUND",
        NoSuchKey: "PORTAL.API_KEY_NOT_FOUND",
        NameTaken: "PORTAL.DUPLICATE_SITE_NAME",
        LastActiveSite: "PORTAL.LAST_ACTIVE_SITE",
        AlreadyAMember: "PORTAL.USER_ALREADY_EXISTS",
        RemovesThemself: "PORTAL.CANNOT_DELETE_YOURSELF",
        NoSuchRule: "PORTAL.RULE_NOT_FOUND",
        NoSuchGroup: "PORTAL.RULE_GROUP_NOT_FOUND",
        NoSuchSuggestion: "PORTAL.NO_SUGGESTIONS_FOUND",
        TooManyRules: "PORTAL.TOO_MANY_RULES",
    },
    takes=(JSON, *FORMS, ANYTHING),
    roots=(
        "/sites/",
        "/site/",
        "/api-keys/",
        "/users/",
        "/gettrafficdata/",
        "/getlivesessions/",
        "/audit/",
        "/access-control/",
        "/v1/prosopo/",
    ),
)


def reads(
    path: str, *, summary: str, permission: str, asks: type[msgspec.Struct], answer: Any
) -> Callable[[Handler], Handler]:
    """Register a view that only reads: for POST with a body, and for GET with the same fields in the query.

    The view finds them in `call.body` in both cases.

    Args:
        path: below the host.
        summary: a line for the reference.
        permission: the permission it needs.
        asks: the type of the body, and of the query.
        answer: the type of a successful answer.
    """

    def register(handler: Handler) -> Handler:
        def by_query(call: Call) -> Any:
            return handler(replace(call, body=call.query))

        by_query.__name__ = f"{handler.__name__}_by_query"
        by_query.__doc__ = handler.__doc__
        by_query.__module__ = handler.__module__
        portal_api.endpoint(
            "POST", path, summary=summary, permission=permission, body=asks, answer=answer, statuses=READING_STATUSES
        )(handler)
        portal_api.endpoint(
            "GET",
            path,
            summary=f"{summary}, by query",
            permission=permission,
            query=asks,
            answer=answer,
            statuses=READING_STATUSES,
        )(by_query)
        return handler

    return register
