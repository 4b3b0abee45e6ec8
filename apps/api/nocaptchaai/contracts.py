"""The contract, in three parts: the key's place and the errors' statuses differ, and nothing else."""

from typing import Final

from apps.api.contract import Contract, ErrorShape
from apps.api.errors import ApiError
from apps.api.nocaptchaai import schemas
from apps.api.nocaptchaai.codes import Code, code_of
from apps.api.placements import APIKEY_HEADER, APIKEY_QUERY, CLIENT_KEY
from apps.credits.ledger import BalanceSpent
from apps.ocr.access import NoSuchImageTask
from apps.ocr.images import ImageTooLarge, ImageTooSmall, ImageUnknown
from apps.ocr.operations import NoSlot

SOLVE_STATUSES: Final = (400, 401, 402, 403, 409, 413, 422, 429)
BALANCE_STATUSES: Final = (400, 401, 403, 429)

_NAME: Final = "nocaptchaai"
_PROBLEMS: Final = {
    kind: code.error_code
    for kind, code in {
        BalanceSpent: Code.NO_BALANCE,
        ImageTooLarge: Code.TOO_LARGE,
        ImageTooSmall: Code.TOO_SMALL,
        ImageUnknown: Code.NOT_AN_IMAGE,
        NoSlot: Code.NO_SLOT,
        NoSuchImageTask: Code.NO_SUCH_TASK,
    }.items()
}


def refusal(error: ApiError, _request_id: str) -> schemas.TaskError:
    """An error in the words of both dialects."""
    code = code_of(error)
    body = schemas.TaskError(code.error_id, code.error_code, str(error), code.code, code.msg)
    if seconds := error.headers.get("Retry-After"):
        body.retry_after_sec = int(seconds)
    return body


def _always_ok(error: ApiError) -> int | None:
    """200 for whatever a client should read: those of this contract drop the body of anything else."""
    return None if error.status >= 500 or error.status == 405 else 200


def _telling(error: ApiError) -> int | None:
    return code_of(error).status if error.status < 500 else None


_ERRORS: Final = ErrorShape(schemas.TaskError, refusal)

tasks_api: Final = Contract(
    name=_NAME,
    title="Reading text",
    description="NoCaptchaAI's API: text in images, as tasks that are paid from the account's credits. The key goes "
    "into the JSON body as `clientKey`. The status is 200 also for errors; `errorId` is 0 where there is none.",
    errors=_ERRORS,
    own_status=_always_ok,
    placement=CLIENT_KEY,
    security=(),
    problems=_PROBLEMS,
    roots=("/createTask/", "/getTaskResult/", "/getBalance/", "/reportIncorrectImageCaptcha/"),
)
solve_api: Final = Contract(
    name=_NAME,
    title="Reading text at once",
    description="NoCaptchaAI's API: the text while the request waits, at most 10 seconds. The key goes into the header "
    "`apikey`.",
    errors=_ERRORS,
    own_status=_telling,
    placement=APIKEY_HEADER,
    security=("apikeyHeader",),
    problems=_PROBLEMS,
    roots=("/solve/",),
)
balance_api: Final = Contract(
    name=_NAME,
    title="Credits of a key",
    description="NoCaptchaAI's API: what is left. The key goes into the query as `apiKey`, as that contract has it; "
    "`/getBalance` takes it in the body, which is the better place.",
    errors=_ERRORS,
    own_status=_telling,
    placement=APIKEY_QUERY,
    security=("apiKeyQuery",),
    problems=_PROBLEMS,
    roots=("/balance/",),
)
