"""The errors that two dialects of clients read: anti-captcha's number and word, and NoCaptchaAI's."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from apps.api.errors import ApiError
from apps.ocr.models import Problem

_BAD: Final = (10, "ERROR_BAD_PARAMETERS")


class Code(Enum):
    """What went wrong: anti-captcha's number and word, NoCaptchaAI's, and the status where it is not always 200."""

    KEY = (1, "ERROR_KEY_DOES_NOT_EXIST", 1, "KEY_DOES_NOT_EXIST", 401)
    NO_SLOT = (2, "ERROR_NO_SLOT_AVAILABLE", 2, "NO_SLOT_AVAILABLE", 409)
    TOO_SMALL = (3, "ERROR_ZERO_CAPTCHA_FILESIZE", *_BAD, 400)
    TOO_LARGE = (4, "ERROR_TOO_BIG_CAPTCHA_FILESIZE", *_BAD, 413)
    NO_BALANCE = (10, "ERROR_ZERO_BALANCE", 3, "ZERO_BALANCE", 402)
    FORBIDDEN = (11, "ERROR_PERMISSION_DENIED", *_BAD, 403)
    NO_TEXT = (12, "ERROR_CAPTCHA_UNSOLVABLE", 12, "ERROR_CAPTCHA_UNSOLVABLE", 422)
    NO_METHOD = (14, "ERROR_NO_SUCH_METHOD", *_BAD, 405)
    NOT_AN_IMAGE = (15, "ERROR_IMAGE_TYPE_NOT_SUPPORTED", *_BAD, 400)
    NO_SUCH_TASK = (16, "ERROR_NO_SUCH_CAPCHA_ID", *_BAD, 404)
    TASK_ABSENT = (22, "ERROR_TASK_ABSENT", *_BAD, 400)
    TASK_UNKNOWN = (23, "ERROR_TASK_NOT_SUPPORTED", *_BAD, 400)
    RATE_LIMITED = (1, "ERROR_RATE_LIMITED", 16, "RATE_LIMITED", 429)
    BAD_PARAMETERS = (1, "ERROR_BAD_PARAMETERS", *_BAD, 400)
    FAULT = (1, "ERROR_INTERNAL_SERVER_ERROR", *_BAD, 500)

    def __init__(self, error_id: int, error_code: str, code: int, msg: str, status: int) -> None:
        self.error_id = error_id
        self.error_code = error_code
        self.code = code
        self.msg = msg
        self.status = status

    def error(self, message: str) -> ApiError:
        """This, with a sentence of its own."""
        return ApiError(self.status, "invalid_request", message, problem=self.error_code)


_BY_WORD: Final = {code.error_code: code for code in Code}
_BY_STATUS: Final = {
    401: Code.KEY,
    403: Code.FORBIDDEN,
    405: Code.NO_METHOD,
    413: Code.TOO_LARGE,
    429: Code.RATE_LIMITED,
    500: Code.FAULT,
    503: Code.NO_SLOT,
}
OF_PROBLEM: Final[Mapping[str, Code]] = MappingProxyType(
    {
        Problem.NO_TEXT: Code.NO_TEXT,
        Problem.NOT_AN_IMAGE: Code.NOT_AN_IMAGE,
        Problem.GIVEN_UP: Code.NO_SLOT,
    }
)


def code_of(error: ApiError) -> Code:
    """The code of an error: its own, where it has one; else the one of its status."""
    return _BY_WORD.get(error.problem) or _BY_STATUS.get(error.status, Code.BAD_PARAMETERS)
