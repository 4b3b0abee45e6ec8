"""The contract: it takes no key, and tells pages of other origins what a site lets them know."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest

from apps.api.challenge import schemas
from apps.api.contract import Contract, ErrorShape
from apps.api.errors import ApiError

ANY_PAGE: Final = "*"
"""In place of an origin: for what is public. A request with credentials gets nothing by it, and none is ever sent."""

_PAGE: Final = "gatehouse.page_origin"
_READABLE: Final = "Retry-After, X-Request-ID"


def let_page_read(request: HttpRequest, origin: str) -> None:
    """Let a page read the answer to its request: one of an origin that the site allows, or any.

    Args:
        request: of the page.
        origin: as the browser spelled it, or `ANY_PAGE`.
    """
    request.META[_PAGE] = origin


def _headers(request: HttpRequest) -> Mapping[str, str]:
    """The headers of every answer (https://fetch.spec.whatwg.org/#http-cors-protocol)."""
    origin = request.META.get(_PAGE)
    if not origin:
        return {"Vary": "Origin"}
    varies = {} if origin == ANY_PAGE else {"Vary": "Origin"}
    return {**varies, "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _READABLE}


def _error(error: ApiError, request_id: str) -> schemas.ChallengeError:
    return schemas.ChallengeError(code=error.code, message=str(error), request_id=request_id)


challenge_api: Final = Contract(
    name="challenge",
    title="Challenges",
    description="What the widget on a site's pages asks for. It needs no key, and only the site's own origins read it.",
    errors=ErrorShape(schemas.ChallengeError, _error),
    headers=_headers,
    roots=("/challenge/",),
)
