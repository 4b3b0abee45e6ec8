"""Every address says who may call it: by `@page`, by `@public`, or by its endpoint's credential."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.page import Access
from apps.api.contract import Credential
from apps.api.urls import CONTRACTS

BY_ALLAUTH = "django-allauth decides: signing in must work signed out, changing a password only signed in"
NOT_OURS = {
    "account_login": BY_ALLAUTH,
    "account_logout": BY_ALLAUTH,
    "account_inactive": BY_ALLAUTH,
    "account_signup": BY_ALLAUTH,
    "account_reauthenticate": BY_ALLAUTH,
    "account_email": BY_ALLAUTH,
    "account_email_verification_sent": BY_ALLAUTH,
    "account_change_password": BY_ALLAUTH,
    "account_set_password": BY_ALLAUTH,
    "account_reset_password": BY_ALLAUTH,
    "account_confirm_login_code": BY_ALLAUTH,
    "account_confirm_email": BY_ALLAUTH,
    "account_reset_password_from_key_done": BY_ALLAUTH,
    "account_reset_password_from_key": BY_ALLAUTH,
    "account_reset_password_done": BY_ALLAUTH,
    "mfa_authenticate": BY_ALLAUTH,
    "mfa_reauthenticate": BY_ALLAUTH,
    "mfa_activate_totp": BY_ALLAUTH,
    "mfa_deactivate_totp": BY_ALLAUTH,
    "mfa_view_recovery_codes": BY_ALLAUTH,
    "mfa_generate_recovery_codes": BY_ALLAUTH,
    "mfa_add_webauthn": BY_ALLAUTH,
    "mfa_login_webauthn": BY_ALLAUTH,
    "mfa_reauthenticate_webauthn": BY_ALLAUTH,
    "mfa_remove_webauthn": BY_ALLAUTH,
    "mfa_edit_webauthn": BY_ALLAUTH,
    "usersessions_list": BY_ALLAUTH,
    "socialaccount_login_cancelled": BY_ALLAUTH,
    "socialaccount_login_error": BY_ALLAUTH,
    "socialaccount_signup": BY_ALLAUTH,
}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


PATTERNS = list(patterns(get_resolver()))
OURS = [pattern for pattern in PATTERNS if pattern.name not in NOT_OURS]


def test_every_address_has_a_name_of_its_own() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert None not in names
    assert len(names) == len(set(names))


def declared(pattern: URLPattern) -> set[Any]:
    """What a view says of its access, for each method or for all."""
    said: Any = getattr(pattern.callback, "access", None)
    return set(said.values()) if isinstance(said, dict) else {said}


def test_every_view_declares_its_access() -> None:
    kinds = {str(pattern.name): declared(pattern) for pattern in OURS}
    assert {name: found for name, found in kinds.items() if not found or not found <= set(Access)} == {}


def test_the_exceptions_are_allauths_own_and_still_there() -> None:
    views = {pattern.name: pattern.callback.__module__ for pattern in PATTERNS if pattern.name in NOT_OURS}
    assert set(views) == set(NOT_OURS)
    assert {module.split(".")[0] for module in views.values()} == {"allauth"}


def test_an_endpoint_needs_a_permission_unless_it_is_named_here() -> None:
    """`whoami` answers every working key about itself; `verify` takes the site's secret; `login` gives a token.

    `revoke` takes the keys that are to end. `/challenge` is asked by visitors of anybody's pages.
    """
    without = [
        (endpoint.method, endpoint.path, endpoint.credential)
        for contract in CONTRACTS
        for endpoint in contract.endpoints
        if not endpoint.permission
    ]
    assert without == [
        ("GET", "/api/v1/whoami", Credential.BEARER_KEY),
        ("POST", "/api/v1/verify", Credential.SITE_SECRET),
        ("POST", "/myra-auto-app-api/login", Credential.NONE),
        ("POST", "/v1/verify", Credential.SITE_SECRET),
        ("POST", "/v1/verify-credentials", Credential.SITE_SECRET),
        ("POST", "/api/v1/credentials/revoke", Credential.NONE),
        ("GET", "/challenge", Credential.NONE),
    ]
