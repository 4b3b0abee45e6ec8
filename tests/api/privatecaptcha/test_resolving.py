"""With `VERIFY_DOMAIN_DNS`, a domain that has no address is refused; else nobody is asked."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from apps.api.privatecaptcha import domains
from tests.api.privatecaptcha.conftest import answered

SLOW_SECONDS = 20.0
BODY = [{"name": name, "domain": f"{name}.example"} for name in ("known", "unknown", "slow")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names that were asked for, of which `known.example` has an address; `slow.example` has none until the end."""
    names: list[str] = []
    is_over = threading.Event()

    def look_up(name: str, *_: Any) -> list[str]:
        names.append(name)
        if name == "slow.example":
            is_over.wait(SLOW_SECONDS)
        if name == "unknown.example":
            raise socket.gaierror("unknown")
        return ["an address"]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield names
    is_over.set()


def test_nobody_is_asked_unless_the_operator_wants_it(portal, org_id, asked):
    answered(portal.post(f"/org/{org_id}/properties", BODY))
    assert asked == []


def test_a_domain_without_an_address_is_1209(portal, org_id, asked, settings):
    settings.VERIFY_DOMAIN_DNS = True
    told = answered(portal.post(f"/org/{org_id}/properties", BODY), 1209)
    assert told == "Item 1, domain: Failed to resolve domain name."
    answered(portal.post(f"/org/{org_id}/properties", BODY[:1]))


def test_an_answer_that_does_not_come_is_none(asked, settings, monkeypatch):
    settings.VERIFY_DOMAIN_DNS = True
    monkeypatch.setattr(domains, "RESOLVING_SECONDS", 0.2)
    begin = time.monotonic()
    assert domains.unresolved(["known.example", "slow.example"]) == 1
    assert time.monotonic() - begin < SLOW_SECONDS / 2


def test_a_changed_domain_is_asked_for_too(portal, org_id, properties, asked, settings):
    [made] = properties("Blog")
    settings.VERIFY_DOMAIN_DNS = True
    other = [{"id": made["id"], "level": 2}]
    answered(portal.put("/properties", other))
    answered(portal.put("/properties", [{"id": made["id"], "domain": "unknown.example"}]), 1209)
    assert asked == ["unknown.example"]
