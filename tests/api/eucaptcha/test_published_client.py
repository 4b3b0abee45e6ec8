"""The client for Python that the vendor publishes, with nothing changed but its address and its credentials.

As it comes, it lets the visitor pass whenever it cannot make sense of an answer: of a redirect, of a body that
is no JSON, of one without `success`.
"""

import asyncio
import socket

import pytest
from django.db import OperationalError
from django.test import override_settings
from myra_eucaptcha import MyraEuCaptchaClient, MyraEuCaptchaClientConfig, MyraEuCaptchaResult

from apps.api import errors
from apps.audit import clock
from apps.protection import test_keys
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, update_site
from tests.protection.solving import forget_rates, later, set_site, solved

WRONG = f"ss_live_{'0' * 38}"
PATIENCE = 30  # seconds: its own 3 are short for a machine that is busy with other tests
PATHS = ["/v1/verify", "/v1/verify/"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(alice):
    forget_rates()
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])


@pytest.fixture(params=PATHS)
def path(request):
    return request.param


@pytest.fixture(params=["at once", "asynchronously"])
def ask(request, live_server, made, path):
    """What the client says of a visitor."""

    def validate(*, token: str = "a token", address: str = live_server.url + path, **changes) -> MyraEuCaptchaResult:
        settings = {
            "sitekey": made.site.site_key,
            "secret": made.secret.reveal(),
            "connect_timeout": PATIENCE,
        } | changes
        client = MyraEuCaptchaClient(MyraEuCaptchaClientConfig(verify_url=address, **settings))
        if request.param == "at once":
            return client.validate(token, "192.0.2.1")
        return asyncio.run(validate_and_close(client, token))

    return validate


async def validate_and_close(client: MyraEuCaptchaClient, token: str) -> MyraEuCaptchaResult:
    """What the client itself never does: it keeps its connection open until the program ends."""
    try:
        return await client.avalidate(token, "192.0.2.1")
    finally:
        await client._async_client.aclose()


def test_it_lets_pass_where_protection_is_off(ask, made, alice):
    update_site(alice.actor, site_key=made.site.site_key, protection_enabled=False)

    assert ask().success is True


def test_it_lets_pass_once_who_has_solved_a_challenge(ask, made, monkeypatch):
    tokens = [solved(set_site(made.site)) for _ in range(2)]
    moment = later(10)
    monkeypatch.setattr(clock, "now", lambda: moment)

    assert ask(token=tokens[0]) == MyraEuCaptchaResult(success=True, errors=[])
    assert ask(token=tokens[0]) == MyraEuCaptchaResult(success=False, errors=["invalid-token"])
    moment = later(30_000)
    assert ask(token=tokens[1]) == MyraEuCaptchaResult(success=False, errors=["invalid-token"])


def test_the_test_keys_do_as_they_are_called(ask):
    for keys in test_keys.ALL:
        result = ask(sitekey=keys.site_key, secret=keys.secret, token=keys.solution)
        assert result.success is keys.outcome.passes


def test_it_turns_away_a_token_that_is_none(ask):
    assert ask() == MyraEuCaptchaResult(success=False, errors=["invalid-token"])


@pytest.mark.parametrize(
    "changes", [{"secret": WRONG}, {"secret": "x"}, {"sitekey": f"pk_{'0' * 22}"}, {"sitekey": "unknown"}], ids=str
)
def test_it_turns_away_with_wrong_credentials(ask, changes):
    assert ask(**changes).success is False


def test_it_turns_away_at_an_inactive_site(ask, made, alice):
    deactivate_site(alice.actor, site_key=made.site.site_key)

    assert ask().success is False


def test_it_lets_pass_with_a_wrong_secret_where_the_site_asks_for_that(ask):
    Site.objects.update(fail_open=True)

    assert ask(secret=WRONG).success is True
    assert ask().success is False


@pytest.mark.parametrize("wrong_path", ["/v1", "/v1/", "/v1/verifyy", "/v1/verify/x", "/v1/verify//"])
def test_it_turns_away_at_an_address_that_is_not_there(ask, live_server, wrong_path):
    assert ask(address=live_server.url + wrong_path).success is False


@override_settings(REFUSED_REQUESTS_PER_MINUTE=1, VERIFY_REQUESTS_PER_MINUTE=1)
def test_it_turns_away_when_it_is_held_back(ask):
    assert [ask(secret=WRONG).success for _ in range(3)] == [False] * 3
    assert [ask().success for _ in range(3)] == [False] * 3


TROUBLES = {
    "400": lambda: errors.invalid_request("Something is wrong."),
    "401": lambda: errors.unauthorized("Something is wrong."),
    "403": lambda: errors.forbidden("Something is wrong.", "verify"),
    "404": lambda: errors.not_found("Something is wrong."),
    "409": lambda: errors.ApiError(409, "conflict", "Something is wrong."),
    "422": lambda: errors.invalid_fields([errors.Violation("secret", "Something is wrong.", "invalid")]),
    "429": lambda: errors.rate_limited("Something is wrong.", 60),
    "500": lambda: RuntimeError("Something is wrong."),
    "503": lambda: OperationalError("Something is wrong."),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_it_turns_away_at_every_error(ask, trouble, monkeypatch):
    def fail(*_: object) -> None:
        raise trouble()

    monkeypatch.setattr("apps.api.verification.authenticate_site", fail)

    assert ask().success is False


def test_it_turns_away_when_the_server_fails_before_the_view(ask, monkeypatch):
    def fail(*_: object) -> None:
        raise OperationalError("Something is wrong.")

    monkeypatch.setattr("config.middleware.AddressMiddleware.__call__", fail)

    assert ask().success is False


def test_what_happens_without_any_answer_is_the_clients_to_decide(ask):
    """Nobody listens there. As it comes the client lets pass, which no server can keep it from."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1/verify"

        assert ask(address=address).success is True
        assert ask(address=address, default_result_on_error=False).success is False
