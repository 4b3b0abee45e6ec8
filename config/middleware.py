"""The one middleware that every request passes, and the page stack that API paths go around.

An API path needs no session, no messages, no signed-in person: skipping them is a third of its time, and
it makes sure that a browser's cookie never authenticates an API call.
"""

import uuid
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxMiddleware

from apps.accounts.session_limits import SessionLimitsMiddleware
from apps.api.paths import is_api_path

HEALTH_PATHS: Final = {"/livez", "/readyz"}
FORM_TYPES: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}
UTF_8: Final = {"utf-8", "utf8", "us-ascii", "ascii"}  # a text in any of them is the same in UTF-8

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
API_CONTENT_SECURITY_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


class EdgeMiddleware:
    """Outermost: gives the request its id, refuses what no view should see, and sets the headers of every answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        request_id = uuid.uuid4().hex
        request.META["gatehouse.request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        is_api = is_api_path(request.path_info)
        policy = API_CONTENT_SECURITY_POLICY if is_api else CONTENT_SECURITY_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cache-Control", "no-store")
        if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response


class AddressMiddleware:
    """Refuses an address that no view should see.

    A Host header that is not this server's (probes by IP address may ask for its health), and a NUL in the
    path or the query: no text of this product has one, and PostgreSQL cannot store it. Also a length of the
    body that is no number, on which Django would fail when the body is read, and a form in another encoding
    than UTF-8 (`config.wsgi.Request` tells why).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request.

        Raises:
            SuspiciousOperation: for such an address; Django answers 400.
        """
        if request.path_info not in HEALTH_PATHS:
            request.get_host()
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if b"\0" in query or "\0" in request.path_info:
            raise SuspiciousOperation("The address holds a NUL character.")
        if not (request.META.get("CONTENT_LENGTH") or "0").isdecimal():
            raise SuspiciousOperation("The Content-Length is no number.")
        charset = (request.content_params or {}).get("charset", "utf-8")
        if request.content_type in FORM_TYPES and charset.lower() not in UTF_8:
            raise SuspiciousOperation("The form is not in UTF-8.")
        return self.get_response(request)


def _pages_only(middleware: Any) -> Any:
    """The middleware, with API paths going around it."""

    class PagesOnly(middleware):  # type: ignore[misc]
        def __call__(self, request: HttpRequest) -> HttpResponseBase:
            if is_api_path(request.path_info):
                return self.get_response(request)  # type: ignore[no-any-return]
            return super().__call__(request)  # type: ignore[no-any-return]

    return PagesOnly


class StorableSessionMiddleware(SessionMiddleware):
    """Sessions, with a cookie that no session can have taken for none.

    A quoted cookie can spell a NUL, which PostgreSQL refuses to look for.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its session."""
        if "\0" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        super().process_request(request)


PageSessionMiddleware = _pages_only(StorableSessionMiddleware)
PageAuthenticationMiddleware = _pages_only(AuthenticationMiddleware)
PageMessageMiddleware = _pages_only(MessageMiddleware)
PageHtmxMiddleware = _pages_only(HtmxMiddleware)
PageSessionLimitsMiddleware = _pages_only(SessionLimitsMiddleware)
