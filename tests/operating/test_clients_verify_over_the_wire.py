"""From the challenge to the verified answer over the wire, by the clients that vendors publish and as their pages say.

One server of its own, as a terminal would start it; nothing of it is replaced, so the site's delay is waited for.
"""

import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from myra_eucaptcha import MyraEuCaptchaClient, MyraEuCaptchaClientConfig
from private_captcha.client import Client
from private_captcha.models import VerifyCode

from tests.api.tls import tls_before
from tests.operating.serving import Serving
from tests.operating.shop import ORIGIN, as_json, ask, make_shop, solution_from

DELAY = 3.1  # seconds; the shortest that a site can have is 3


@pytest.fixture
def shop(serve: Any, tmp_path: Path, own_database_url: str) -> tuple[Serving, dict[str, str]]:
    """A server with one site, and what the site's backend holds."""
    serving: Serving = serve()
    serving.wait_until_it_runs()
    return serving, make_shop(tmp_path, own_database_url)


def test_every_client_verifies_a_solution_once(
    shop: tuple[Serving, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving, held = shop
    server = f"http://127.0.0.1:{serving.port}"
    solutions = [solution_from(server, held["sitekey"]) for _ in range(5)]
    early = as_json(server, "/siteverify", {"secret": held["secret"], "token": solutions[0]})
    time.sleep(DELAY)

    assert early["status"] == "API.USER_NOT_VERIFIED_TOO_EARLY"
    prosopo_says(server, held, solutions[0])
    neocaptcha_says(server, held, solutions[1])
    myra_says(server, held, solutions[2])
    form_says(server, held, solutions[3])
    with tls_before(serving.port, tmp_path) as front:
        monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))
        client = Client(held["key"], domain=front.domain)
        first, second = client.verify(solutions[4]), client.verify(solutions[4])
    assert first.ok()
    assert first.origin == "shop.example"
    assert second.code == VerifyCode.VERIFIED_BEFORE_ERROR


def prosopo_says(server: str, held: dict[str, str], solution: str) -> None:
    first = as_json(server, "/siteverify", {"secret": held["secret"], "token": solution})
    bearer = as_json(server, "/siteverify", {"token": solution}, Authorization=f"Bearer {held['key']}")

    assert first == {"success": True, "verified": True, "status": "ok", "score": 0.0}
    assert (bearer["verified"], bearer["status"]) == (False, "API.USER_ALREADY_VERIFIED")


def neocaptcha_says(server: str, held: dict[str, str], solution: str) -> None:
    body = {"siteKey": held["sitekey"], "secret": held["secret"], "solution": solution, "expectedOrigin": ORIGIN}
    first, second = (as_json(server, "/api/v1/verify", body) for _ in range(2))

    assert (first["success"], set(first)) == (True, {"success", "verifiedAt", "requestId"})
    assert (second["success"], second["error"]["code"]) == (False, "solution_already_used")


def myra_says(server: str, held: dict[str, str], solution: str) -> None:
    def client(secret: str) -> MyraEuCaptchaClient:
        address = f"{server}/v1/verify/"
        return MyraEuCaptchaClient(
            MyraEuCaptchaClientConfig(sitekey=held["sitekey"], secret=secret, verify_url=address)
        )

    assert client(f"ss_live_{'0' * 38}").validate(solution, "203.0.113.7").success is False
    assert client(held["secret"]).validate(solution, "203.0.113.7").success is True
    assert client(held["secret"]).validate(solution, "203.0.113.7").success is False


def form_says(server: str, held: dict[str, str], solution: str) -> None:
    body = urllib.parse.urlencode({"secret": held["secret"], "response": solution}).encode()
    first, second = (ask(f"{server}/siteverify", body) for _ in range(2))

    assert (first["success"], first["hostname"]) == (True, "shop.example")
    assert (second["success"], second["error-codes"]) == (False, ["solution-verified-before"])
