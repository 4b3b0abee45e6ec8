"""How long a session lives: 14 days at the most, and `SESSION_IDLE_HOURS` without a request.

Both moments are in the session, which a page has loaded anyway. The last request is written at most every
five minutes, together with the row that the list of sessions shows.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.confirmation import SIGNED_IN_AT
from apps.accounts.sign_ins import record_session_ended
from apps.audit import clock

SEEN_AT: Final = "seen_at"
SEEN_IS_WRITTEN_EVERY: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(seconds=settings.SESSION_COOKIE_AGE)
WITHOUT_SESSIONS: Final = {"/livez", "/readyz"}
"""Addresses that answer whatever state the database is in."""


class SessionLimitsMiddleware:
    """Ends sessions that are over, before any view sees them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, its session ended when it is over, or noted as alive."""
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES and request.path_info not in WITHOUT_SESSIONS
        if has_session and request.user.is_authenticated:
            if reason := why_over(request):
                _end(request, reason)
            else:
                _note_alive(request)
        return self.get_response(request)


def why_over(request: HttpRequest) -> str:
    """Why the session has to end, in words; empty while it may go on."""
    now = clock.now().timestamp()
    idle = timedelta(hours=settings.SESSION_IDLE_HOURS)
    signed_in_at = request.session.get(SIGNED_IN_AT, now)
    if now - signed_in_at >= LONGEST.total_seconds():
        return f"after {LONGEST.days} days"
    if now - request.session.get(SEEN_AT, signed_in_at) >= idle.total_seconds():
        return f"after {settings.SESSION_IDLE_HOURS} hours without activity"
    return ""


@receiver(user_logged_in, dispatch_uid="session_begins")
def _on_signed_in(request: HttpRequest, **_: Any) -> None:
    request.session[SIGNED_IN_AT] = clock.now().timestamp()
    request.session.pop(SEEN_AT, None)


def _note_alive(request: HttpRequest) -> None:
    now = clock.now().timestamp()
    request.session.setdefault(SIGNED_IN_AT, now)
    if now - request.session.get(SEEN_AT, 0) >= SEEN_IS_WRITTEN_EVERY.total_seconds():
        request.session[SEEN_AT] = now
        UserSession.objects.create_from_request(request)


def _end(request: Any, reason: str) -> None:
    record_session_ended(request, request.user, because=reason)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.flush()
    request.user = AnonymousUser()
    messages.info(request, f"You were signed out {reason}. Sign in again to go on.")
