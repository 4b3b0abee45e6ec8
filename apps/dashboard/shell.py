"""What every page's frame shows: navigation, account, person, theme."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps import VERSION
from apps.accounts.page import public
from apps.audit.source import request_id
from apps.permissions.actor import Actor
from apps.permissions.roles import Role

THEMES: Final = ("system", "light", "dark")
THEME_COOKIE: Final = "theme"
_A_YEAR: Final = 365 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation.

    Attributes:
        label: what it says.
        url: where it leads.
        icon: a Lucide icon's name.
        is_current: whether the reader is there.
    """

    label: str
    url: str
    icon: str
    is_current: bool


_ITEMS: Final = (
    ("Overview", "overview", "layout-dashboard", ""),
    ("Sites", "sites", "globe", "getSites"),
    ("API keys", "keys", "key-round", "getApiKeys"),
    ("Team", "team", "users", "getUsers"),
    ("Audit log", "log", "scroll-text", "getAuditEvents"),
    ("API reference", "api_reference", "book-open", ""),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of every page. A signed-out page, or one without an account, gets an empty navigation."""
    actor: Actor | None = getattr(request, "actor", None)
    membership = getattr(request, "membership", None)
    person = getattr(request, "user", None)
    is_signed_in = person is not None and person.is_authenticated
    return {
        "shell": {
            "nav": _navigation(request, actor) if actor else [],
            "account_name": membership.account.name if membership else None,
            "role_label": Role(membership.role).label if membership else "",
            "person_email": person.email if person and is_signed_in else "",
            "person_name": person.display_name if person and is_signed_in else "",
            "theme": chosen_theme(request),
            "signup_is_open": settings.SIGNUP_IS_OPEN,
            "version": VERSION,
            "request_id": request_id(request),
        }
    }


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the chosen theme in this browser, and go back to where the reader was."""
    chosen = request.POST.get("theme", "")
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("overview")
    response = redirect(back)
    response.set_cookie(
        THEME_COOKIE,
        chosen if chosen in THEMES else "system",
        max_age=_A_YEAR,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


def chosen_theme(request: HttpRequest) -> str:
    """The theme that this browser asked for: `system`, `light` or `dark`."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def _navigation(request: HttpRequest, actor: Actor) -> list[NavigationItem]:
    items = []
    for label, name, icon, permission in _ITEMS:
        if permission and not actor.may(permission):
            continue
        url = reverse(name)
        is_current = request.path == url if url == "/" else request.path.startswith(url)
        items.append(NavigationItem(label, url, icon, is_current))
    return items
