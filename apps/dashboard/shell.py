"""What every page's frame shows: navigation, account, person, theme."""

import functools
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps import VERSION
from apps.accounts.models import Account, Membership, User
from apps.accounts.page import public
from apps.accounts.sign_on import PROVIDER_ID
from apps.audit.source import request_id
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.models import Site

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


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """Entries of the main navigation that belong together.

    Attributes:
        label: the heading above them; empty where they stand alone.
        items: the entries, at least one.
    """

    label: str
    items: list[NavigationItem]


_GROUPS: Final = (
    ("", (("Overview", "overview", "layout-dashboard", ""),)),
    (
        "Protection",
        (
            ("Sites", "sites", "globe", "getSites"),
            ("Organizations", "organizations", "building-2", "getOrganizations"),
            ("Traffic", "traffic", "gauge", "getTraffic"),
            ("Records", "records", "history", "searchCaptchaRecords"),
            ("Access rules", "rules", "shield-check", "getRules"),
        ),
    ),
    (
        "API and tasks",
        (
            ("API keys", "keys", "key-round", "getApiKeys"),
            ("API reference", "api_reference", "book-open", ""),
            ("Tasks", "tasks", "activity", "getTask"),
            ("Read text", "read_text", "file-text", "createTask"),
            ("Credits", "credits", "coins", "getBalance"),
        ),
    ),
    (
        "Account",
        (
            ("Team", "team", "users", "getUsers"),
            ("Audit log", "log", "scroll-text", "getAuditEvents"),
            ("Account settings", "account_settings", "settings", "updateAccount"),
        ),
    ),
)
_SHARED_SITES: Final = ("Shared with me", "shared_sites", "share-2")


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One of the accounts that the reader can work in.

    Attributes:
        account: the account.
        role: what the reader is there.
        is_current: whether they work in it now.
    """

    account: Account
    role: Role
    is_current: bool


class Shell:
    """What the frame shows of a request. What needs the database waits until a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        user = getattr(request, "user", None)
        self._request = request
        self._person: User | None = user if user is not None and user.is_authenticated else None
        self.person_email = self._person.email if self._person else ""
        self.person_name = self._person.display_name if self._person else ""
        self.theme = chosen_theme(request)
        self.signup_is_open = settings.SIGNUP_IS_OPEN
        self.sign_on_name = settings.OIDC_NAME
        self.sign_on_url = reverse("openid_connect_login", args=[PROVIDER_ID]) if settings.OIDC_ISSUER else ""
        self.version = VERSION
        self.request_id = request_id(request)

    @functools.cached_property
    def accounts(self) -> list[AccountChoice]:
        """The reader's accounts, by name; the current one is that which `current_membership` chooses."""
        if self._person is None:
            return []
        places = list(Membership.objects.select_related("account").filter(person=self._person).order_by("pk"))
        chosen = next((place for place in places if place.account_id == self._person.current_account_id), None)
        current = chosen or next(iter(places), None)
        choices = [AccountChoice(place.account, Role(place.role), place is current) for place in places]
        return sorted(choices, key=lambda choice: choice.account.name.casefold())

    @functools.cached_property
    def current(self) -> AccountChoice | None:
        """The account that the reader works in now."""
        return next((choice for choice in self.accounts if choice.is_current), None)

    @property
    def account_name(self) -> str:
        """The name of the account that the reader works in now."""
        return self.current.account.name if self.current else ""

    @property
    def has_shared_sites(self) -> bool:
        """Whether any site is shared with the reader."""
        return self._person is not None and Site.objects.shared_with(self._person.pk).exists()

    @functools.cached_property
    def nav(self) -> list[NavigationGroup]:
        """What the reader's role opens, in groups; without an account, the sites shared with them."""
        if self._person is None:
            return []
        if self.current is None:
            return [NavigationGroup("", [self._item(*_SHARED_SITES)])]
        held = PERMISSIONS[self.current.role]
        groups = [
            NavigationGroup(label, [self._item(*entry) for *entry, needed in entries if not needed or needed in held])
            for label, entries in _GROUPS
        ]
        return [group for group in groups if group.items]

    def _item(self, label: str, name: str, icon: str) -> NavigationItem:
        url = reverse(name)
        here = self._request.path
        return NavigationItem(label, url, icon, is_current=here == url if url == "/" else here.startswith(url))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of every page."""
    return {"shell": Shell(request)}


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
