"""The contract: every answer is an envelope, and what is wrong with an organization or a property is HTTP 200."""

from typing import Final

from apps.api.contract import Call, Contract, ErrorShape
from apps.api.errors import ApiError
from apps.api.placements import X_API_KEY
from apps.api.privatecaptcha import schemas
from apps.api.privatecaptcha.codes import Code
from apps.audit.source import request_id
from apps.sites.access import NoSuchOrganization, NoSuchSite, OutOfReach
from apps.sites.operations import SiteLimitReached
from apps.sites.organizations import OrganizationLimitReached, OrganizationNameTaken
from apps.sites.settings import NameTaken

READING_STATUSES: Final = (400, 403, 429)
CHANGING_STATUSES: Final = (400, 403, 413, 429)
BATCH_STATUSES: Final = (400, 403, 409, 413, 429)

_STATUSES: Final = {401: 403, 415: 400}


def _status(error: ApiError) -> int | None:
    if error.problem.isdecimal() and error.status != 403:
        return 200
    return _STATUSES.get(error.status)


def _refusal(error: ApiError, request_id: str) -> schemas.Refusal:
    code = Code.of(error)
    return schemas.Refusal(schemas.Outcome(code, str(error), request_id))


def success(call: Call) -> schemas.Outcome:
    """The `meta` of an answer that tells no problem."""
    return schemas.Outcome(Code.OK, Code.OK.sentence, request_id(call.request))


platform_api: Final = Contract(
    name="privatecaptcha",
    title="Platform",
    description="Private Captcha's API: organizations, their properties, and tasks. A code in `meta` says what became "
    "of a request; where it is about an organization or a property, the status is 200 all the same.",
    errors=ErrorShape(schemas.Refusal, _refusal),
    own_status=_status,
    placement=X_API_KEY,
    security=("apiKeyHeader",),
    problems={
        kind: str(code.value)
        for kind, code in {
            NoSuchOrganization: Code.ORG_MISSING,
            OutOfReach: Code.ORG_FORBIDDEN,
            OrganizationNameTaken: Code.ORG_NAME_TAKEN,
            OrganizationLimitReached: Code.ORG_LIMIT,
            NoSuchSite: Code.ID_INVALID,
            NameTaken: Code.NAME_TAKEN,
            SiteLimitReached: Code.PROPERTY_LIMIT,
        }.items()
    },
    id_headers=("X-Trace-ID",),
    tells_limits=True,
    roots=("/orgs/", "/org/", "/properties/", "/asynctask/"),
)
