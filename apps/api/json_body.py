"""The body of a request as JSON, and what goes wrong on the way to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from apps.api.errors import INVALID_BODY, MISSING_BODY, UNPARSABLE_BODY, ApiError, invalid_request
from apps.api.strict_json import JsonRefused, strict_loads


@contextmanager
def reading_body() -> Iterator[None]:
    """Turn what happens when a body is read into errors of the API.

    Raises:
        ApiError: 413 for a body that is too large, 400 for one that cannot be read.
    """
    try:
        yield
    except RequestDataTooBig:
        raise ApiError(413, "payload_too_large", "The body is larger than 1 MiB.") from None
    except SuspiciousOperation:
        raise invalid_request("The form has too many fields or files.", problem=INVALID_BODY) from None
    except (UnreadablePostError, MultiPartParserError, BadRequest):
        raise invalid_request("The body could not be read to its end.", problem=UNPARSABLE_BODY) from None


def json_body(request: HttpRequest) -> Any:
    """The value that the body holds.

    Raises:
        ApiError: as `reading_body`, and 400 for an empty body or one that is no JSON.
    """
    with reading_body():
        body = request.body
    if not body.strip():
        raise invalid_request("The body is empty. Send a JSON object.", problem=MISSING_BODY)
    try:
        return strict_loads(body)
    except JsonRefused as refused:
        raise invalid_request(str(refused), problem=UNPARSABLE_BODY) from None
