"""What can go wrong in every contract, before each puts it into its own words and shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ACCEPTED_PERMISSIONS: Final = "X-Accepted-Permissions"
MISSING_BODY: Final = "missing_body"
UNPARSABLE_BODY: Final = "unparsable_body"
INVALID_BODY: Final = "invalid_body"
MISSING_CREDENTIAL: Final = "missing_credential"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field.

    Attributes:
        field: its name on the wire, with dots inwards.
        message: a sentence for the developer who reads it.
        code: a word for programs: `missing`, `unknown`, `type`, `invalid`.
    """

    field: str
    message: str
    code: str


class ApiError(Exception):
    """An answer that is no success; `str` is a sentence for the developer who reads it.

    Attributes:
        status: the HTTP status; where `violations` are named, the contract may have another for them.
        code: a word for programs, for the contracts that have such a field.
        headers: further headers of the answer.
        problem: a finer word than `code`, for the contracts that tell more apart; often empty.
        permission: the missing permission, of a 403.
        violations: the fields that cannot be used; none where it is the request as a whole.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] = NO_HEADERS,
        violations: Sequence[Violation] = (),
        *,
        problem: str = "",
        permission: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.violations = violations
        self.problem = problem
        self.permission = permission


def invalid_request(message: str, *, problem: str = "") -> ApiError:
    """400: something in the request cannot be used."""
    return ApiError(400, "invalid_request", message, problem=problem)


def invalid_fields(violations: Sequence[Violation], *, problem: str = INVALID_BODY) -> ApiError:
    """400, or the contract's own status: fields of the request cannot be used."""
    message = " ".join(violation.message for violation in violations)
    return ApiError(400, "invalid_request", message, violations=violations, problem=problem)


def unauthorized(message: str, *, problem: str = "") -> ApiError:
    """401: no working key."""
    return ApiError(401, "unauthorized", message, {"WWW-Authenticate": "Bearer"}, problem=problem)


def forbidden(message: str, permission: str = "", *, problem: str = "") -> ApiError:
    """403: not allowed, with the permission that would allow it."""
    headers = {ACCEPTED_PERMISSIONS: permission} if permission else NO_HEADERS
    return ApiError(403, "forbidden", message, headers, problem=problem, permission=permission)


def not_found(message: str, *, problem: str = "") -> ApiError:
    """404: not there, or not to be known of."""
    return ApiError(404, "not_found", message, problem=problem)


def method_not_allowed(method: str, methods: Iterable[str]) -> ApiError:
    """405.

    Args:
        method: what was asked for.
        methods: what the path takes; HEAD goes with GET.
    """
    taken = {*methods}
    allowed = ", ".join(sorted(taken | {"HEAD"} if "GET" in taken else taken))
    message = f"This path takes {allowed}, not {method[:20]}."
    return ApiError(405, "method_not_allowed", message, {"Allow": allowed})


def rate_limited(message: str, retry_after: int) -> ApiError:
    """429.

    Args:
        message: what is limited.
        retry_after: seconds until it is worth trying again.
    """
    return ApiError(429, "rate_limited", message, {"Retry-After": str(retry_after)})


def unavailable() -> ApiError:
    """503: the database is away."""
    return ApiError(
        503, "service_unavailable", "The service cannot reach its database. Try again shortly.", {"Retry-After": "2"}
    )


def too_busy() -> ApiError:
    """503: more passwords to hash at once than the machine bears."""
    return ApiError(
        503, "service_unavailable", "Too many people are signing in at once. Try again shortly.", {"Retry-After": "2"}
    )


def internal() -> ApiError:
    """500: our fault."""
    return ApiError(
        500, "internal_error", "Something went wrong on this server. Its log has the details under this request's id."
    )
