"""The client for Python that the vendor publishes, with nothing changed but its address and its key.

It takes https alone, so TLS stands before the server, with a certificate that the client is told to believe.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from private_captcha.client import Client
from private_captcha.exceptions import HTTPError, SolutionError, VerificationFailedError
from private_captcha.models import VerifyCode, VerifyOutput

from apps.audit import clock
from apps.protection.test_keys import ALWAYS_FAILS, ALWAYS_PASSES
from apps.sites.models import Site
from tests.api.tls import Front, tls_before
from tests.api.verifying import HOST, Credentials, held, made, site, without_its_work
from tests.protection.solving import later, set_site, solved

__all__ = ["held", "made", "site"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    # The client leaves it to the garbage collector to close the connection of an answer that is an error.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]


@pytest.fixture
def front(live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    with tls_before(live_server.thread.port, tmp_path) as front:
        monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))
        yield front


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the server's clock stand some seconds from now."""

    def stand(seconds: float) -> None:
        moment = later(seconds)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return stand


def verify(front: Front, key: str, solution: str, sitekey: str = "") -> VerifyOutput:
    return Client(key, domain=front.domain).verify(solution, sitekey, attempts=1)


def test_it_verifies_once(front: Front, held: Credentials, site: Site, at: Any) -> None:
    solution = solved(site)
    at(10)
    first, second = (verify(front, held.api_key, solution, site.key.hex) for _ in range(2))

    assert first.ok()
    assert (first.origin, str(first), len(first.trace_id or "")) == (HOST, "", 32)
    assert first.timestamp is not None
    assert (second.ok(), second.code) == (False, VerifyCode.VERIFIED_BEFORE_ERROR)
    assert str(second) == "solution-verified-before"


def test_it_reads_a_form(front: Front, held: Credentials, site: Site, at: Any) -> None:
    form = {"private-captcha-solution": solved(site)}
    at(10)
    client = Client(held.api_key, domain=front.domain)

    client.verify_request(form)
    with pytest.raises(SolutionError, match="solution-verified-before"):
        client.verify_request(form)


def test_it_is_told_why_a_solution_is_not_good(front: Front, held: Credentials, site: Site, at: Any) -> None:
    solution, workless = solved(set_site(site, validity_seconds=300)), without_its_work(site)
    at(1)
    early = verify(front, held.api_key, solution)
    at(10)
    other = verify(front, held.api_key, solution, "0" * 32)
    invalid = verify(front, held.api_key, workless)
    at(301)
    expired = verify(front, held.api_key, solution)

    codes = [one.code for one in (early, other, invalid, expired)]
    assert codes == [
        VerifyCode.ERROR_OTHER,
        VerifyCode.INVALID_PROPERTY_ERROR,
        VerifyCode.INVALID_SOLUTION_ERROR,
        VerifyCode.PUZZLE_EXPIRED_ERROR,
    ]
    assert not any(one.success for one in (early, other, invalid, expired))


@pytest.mark.parametrize(("key", "status"), [(f"nct_{'0' * 38}", 403), ("x", 403)])
def test_a_key_that_is_none_is_an_error(front: Front, site: Site, key: str, status: int) -> None:
    with pytest.raises(HTTPError) as refused:
        verify(front, key, "bm90IG9uZQ==")

    assert refused.value.status_code == status


def test_it_gives_up_while_the_database_is_away(
    front: Front, held: Credentials, site: Site, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    solution = solved(site)
    at(10)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as during:
        during.setattr("apps.protection.verifying.spend", away)
        with pytest.raises(VerificationFailedError):
            verify(front, held.api_key, solution)

    assert verify(front, held.api_key, solution).ok()


def test_a_test_key_is_never_quite_ok(front: Front, db: None) -> None:
    """As the vendor has it: `success` is true, and the code says that it was a test."""
    passed = verify(front, ALWAYS_PASSES.api_key, ALWAYS_PASSES.solution)
    failed = verify(front, ALWAYS_FAILS.api_key, ALWAYS_FAILS.solution)

    assert [(one.success, one.code) for one in (passed, failed)] == [(True, 10), (False, 10)]
    assert str(passed) == "property-test"
