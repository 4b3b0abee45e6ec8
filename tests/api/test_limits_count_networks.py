"""Every limit of an address counts an IPv6 /64 as one, and IPv4 in IPv6's clothes as IPv4: on pages and in the API."""

import inspect
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.core.cache import cache
from django.test import Client

from apps.api import limits
from apps.api.errors import ApiError
from apps.counting.addresses import IPV6_NETWORK, counted_as
from apps.protection.test_keys import ALWAYS_PASSES

ONE: Final = ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff:ffff:ffff:ffff")
TWO: Final = ("2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1")
MAPPED: Final = ("198.51.100.7", "::ffff:198.51.100.7", "::ffff:c633:6407")
NEIGHBOURS: Final = ("::ffff:198.51.100.7", "::ffff:198.51.100.8", "198.51.100.9")
RATES: Final = dict.fromkeys(("login", "login_failed", "reset_password", "reset_password_from_key", "signup"), "2/m/ip")
JSON: Final = "application/json"


def page(path: str, **form: str) -> Callable[[str], Any]:
    return lambda address: Client(REMOTE_ADDR=address).post(path, form)


def body(path: str, sent: Any, **headers: str) -> Callable[[str], Any]:
    content_type = "text/plain" if isinstance(sent, str) else JSON
    return lambda address: Client(REMOTE_ADDR=address, headers=headers).post(path, sent, content_type=content_type)


def asked(key: str) -> Callable[[str], Any]:
    return lambda address: Client(REMOTE_ADDR=address).get("/challenge", {"sitekey": key})


WAYS: Final = {
    "sign-in page": page("/accounts/login/", login="nobody@example.com", password="wrong"),
    "reset page": page("/accounts/password/reset/", email="nobody@example.com"),
    "sign-up page": page("/accounts/signup/", email="new@example.com"),
    "passkey": page("/accounts/2fa/passkeys/login/", credential="{}"),
    "EU Captcha's sign-in": body("/myra-auto-app-api/login", {"email": "nobody@example.com", "password": "wrong"}),
    "wrong API key": lambda address: Client(REMOTE_ADDR=address, headers={"Authorization": "Bearer x"}).get(
        "/api/v1/sites"
    ),
    "leaked credentials": body("/api/v1/credentials/revoke", {"credentials": ["x"]}),
    "unknown site": asked("sk_live_" + "0" * 22),
    "challenges": asked(ALWAYS_PASSES.site_key),
    "test secret": body("/siteverify", {"secret": ALWAYS_PASSES.secret, "token": ALWAYS_PASSES.solution}),
    "test API key": body("/verify", ALWAYS_PASSES.solution, **{"X-API-Key": ALWAYS_PASSES.api_key}),
}


@pytest.fixture(autouse=True)
def _few(settings: Any) -> None:
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS, settings.MFA_RATE_LIMITS = RATES, {"webauthn_login": "2/m/ip"}
    settings.SIGNUP_IS_OPEN = True
    for name in ("REFUSED", "CHALLENGE", "VERIFY"):
        setattr(settings, f"{name}_REQUESTS_PER_MINUTE", 2)


def is_held_back(answer: Any) -> bool:
    return answer.status_code == 429 or "Too many failed" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("addresses", "held_back"), [(ONE, True), (TWO, False), (MAPPED, True), (NEIGHBOURS, False)])
def test_the_third_of_a_network_is_held_back(name: str, addresses: tuple[str, ...], held_back: bool) -> None:
    answers = [WAYS[name](address) for address in addresses]
    assert [is_held_back(answer) for answer in answers] == [False, False, held_back]


@pytest.mark.parametrize("name", [name for name, one in vars(limits).items() if name.startswith("count_")])
def test_no_count_of_an_address_goes_by_the_whole_of_an_ipv6_one(name: str) -> None:
    count = getattr(limits, name)
    if list(inspect.signature(count).parameters) != ["address"]:
        return
    count(ONE[0])
    count(ONE[1])
    with pytest.raises(ApiError):
        count(ONE[2])
    count(TWO[1])


def test_the_library_counts_networks_of_our_length(settings: Any) -> None:
    assert settings.ALLAUTH_RATE_LIMIT_IPV6_PREFIX == IPV6_NETWORK == 64


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:DB8:1:2:3::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_what_an_address_is_counted_as(address: str, counted: str) -> None:
    assert counted_as(address) == counted
