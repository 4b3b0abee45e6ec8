"""Verification is proven by the site's own secret: no other secret, key or session stands in for it."""

from typing import Any

import pytest
from django.test import Client

from apps.credentials.format import TokenKind, mint
from apps.sites.models import Site
from apps.sites.operations import deactivate_site
from apps.sites.secrets import rotate_secret
from tests.authorization.world import MISSING, World, anonymised, undone

pytestmark = pytest.mark.django_db


def verify(site_key: str, secret: str, client: Client | None = None) -> Any:
    body = {"siteKey": site_key, "secret": secret, "solution": "x"}
    return (client or Client()).post("/api/v1/verify", body, content_type="application/json")


def shared(world: World) -> str:
    return world.things["shared"]["site_key"]


def secret_of(world: World, thing: str, principal: str = "owner") -> str:
    actor = world.people[principal].actor
    return rotate_secret(actor, site_key=world.things[thing]["site_key"]).secret.reveal()


def test_the_sites_own_secret_is_heard(world: World) -> None:
    with undone():
        answer = verify(shared(world), secret_of(world, "shared"))
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "invalid_solution"


def test_wrong_credentials_are_told_apart_by_nothing(world: World) -> None:
    with undone():
        own, foreign = secret_of(world, "shared"), secret_of(world, "foreign", "outsider")
        other, rotated = secret_of(world, "owner"), own
        own = secret_of(world, "shared")
        attempts = [
            (shared(world), mint(TokenKind.SITE_SECRET).reveal()),
            (shared(world), foreign),
            (shared(world), other),
            (shared(world), rotated),
            (shared(world), world.tokens["owner"]),
            (shared(world), ""),
            (shared(world), own[:-1]),
            (world.things["foreign"]["site_key"], own),
            (MISSING["site_key"], own),
            (MISSING["site_key"], mint(TokenKind.SITE_SECRET).reveal()),
            ("nonsense", own),
        ]
        answers = {anonymised(verify(*attempt)) for attempt in attempts}
    [(status, text, _)] = answers
    assert status == 401
    assert '"code":"invalid_credentials"' in text


def test_a_stopped_site_says_so_only_to_who_knows_its_secret(world: World) -> None:
    with undone():
        secret = secret_of(world, "shared")
        deactivate_site(world.people["owner"].actor, site_key=shared(world))
        assert verify(shared(world), secret).json()["error"]["code"] == "site_disabled"
        assert verify(shared(world), mint(TokenKind.SITE_SECRET).reveal()).status_code == 401


def test_neither_a_key_nor_a_session_stands_in_for_the_secret(world: World) -> None:
    with undone():
        for client in (world.api("owner"), world.browser("owner")):
            assert verify(shared(world), mint(TokenKind.SITE_SECRET).reveal(), client).status_code == 401


def test_a_secret_opens_no_other_endpoint(world: World) -> None:
    with undone():
        client = Client(headers={"Authorization": f"Bearer {secret_of(world, 'shared')}"})
        assert client.delete(f"/api/v1/sites/{shared(world)}").status_code == 401
        assert Site.objects.get(name="Shop").is_active
