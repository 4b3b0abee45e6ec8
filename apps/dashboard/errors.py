"""Answers to what no view handles: pages for people, JSON on the API's paths."""

import sys
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import loader
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes

from apps.accounts.hashing import TooManySignIns
from apps.api import errors
from apps.api.dispatch import error_answer
from apps.api.errors import ApiError
from apps.api.paths import is_api_path
from apps.api.urls import contract_of
from apps.audit.source import request_id
from apps.dashboard.shell import chosen_theme

log = structlog.get_logger(__name__)

_EXPLANATIONS: Final = {
    400: (
        "This request cannot be read",
        "Something in the address or the form is not as it should be.",
        "Go back and try again.",
    ),
    403: ("Not allowed", "You may not do this.", "Ask an owner or admin of the account."),
    404: (
        "Not found",
        "There is nothing at this address, or nothing that you may see.",
        "Check the address, or start from the overview.",
    ),
    500: (
        "Something went wrong",
        "It is our fault, not yours. Nothing was left half done.",
        "Try again. If it stays, give the request id below to whoever runs this server.",
    ),
    503: ("Back in a moment", "The server is too busy or cannot reach its database.", "Try again in a few seconds."),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a wrong Host header, a NUL in the address, too much in a form."""
    log.warning("bad_request", reason=str(exception), kind=type(exception).__name__)
    return _answer(request, errors.invalid_request("The request's address, Host header or form cannot be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed; the page says why."""
    return _answer(request, errors.forbidden(str(exception)), explanation=str(exception))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or stale."""
    log.warning("csrf_failure", reason=reason)
    explanation = "The form was open for too long, or cookies are switched off, so it could not be trusted."
    return _answer(
        request,
        errors.forbidden(explanation),
        explanation=explanation,
        next_step="Go back, reload the page, and send it again.",
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address, or nothing there that the reader may know of. A page that lacks its slash is found."""
    with_slash = f"{request.path_info}/"
    if request.method in {"GET", "HEAD"} and not is_api_path(request.path_info) and is_valid_path(with_slash):
        return redirect(escape_leading_slashes(request.get_full_path(force_append_slash=True)))
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    message = "There is no endpoint at this path. /api/openapi.json lists all of them."
    return _answer(request, errors.not_found(message), explanation=said)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 where the cause is a database that is away, or more sign-ins at once than the machine bears."""
    cause = sys.exc_info()[1]
    if isinstance(cause, OperationalError | InterfaceError | TooManySignIns):
        return _answer(request, errors.unavailable())
    return _answer(request, errors.internal())


def _answer(request: HttpRequest, error: ApiError, *, explanation: str = "", next_step: str = "") -> HttpResponse:
    if is_api_path(request.path_info):
        return error_answer(contract_of(request.path_info), error, request)
    title, usual_explanation, usual_step = _EXPLANATIONS[error.status]
    context = {
        "title": title,
        "explanation": explanation or usual_explanation,
        "next_step": next_step or usual_step,
        "request_id": request_id(request),
        "shell": {"theme": chosen_theme(request)},
    }
    page = loader.render_to_string(f"{error.status}.html", context)
    return HttpResponse(page, status=error.status, headers=dict(error.headers))
