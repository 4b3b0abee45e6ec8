"""Requests that move one token to a new pepper at the same moment: all are answered, and nothing else is undone."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.api_keys.models import ApiKeyToken
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.credentials import peppers
from apps.credentials.last_use import note_use
from apps.sites.models import Site, SiteSecret
from apps.sites.secrets import add_secret, delete_secret
from tests.people import Api, MakeKey, Person
from tests.races.together import THREADS, failures, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
OLD = {1: b"old pepper " * 5}
BOTH = OLD | {2: b"new pepper " * 5}


@pytest.fixture
def old_secret(alice: Person, shop: Site, settings: Any) -> Callable[[], tuple[SiteSecret, str]]:
    """Makes one more secret of the shop under the old pepper; both peppers are live from then on."""

    def make() -> tuple[SiteSecret, str]:
        settings.PEPPERS = OLD
        made = add_secret(alice.actor, site_key=shop.site_key)
        settings.PEPPERS = BOTH
        return made.stored, made.secret.reveal()

    return make


def use(shop: Site, secret: str) -> Callable[[], int]:
    body = {"siteKey": shop.site_key, "secret": secret, "solution": "x"}
    return lambda: int(Api().post("/api/v1/verify", body).status_code)


Old = Callable[[], tuple[SiteSecret, str]]


def test_all_who_use_a_secret_at_once_are_answered_and_it_moves(shop: Site, old_secret: Old, alice: Person) -> None:
    for _ in range(ROUNDS):
        stored, secret = old_secret()

        assert together([use(shop, secret)] * THREADS) == [200] * THREADS

        stored.refresh_from_db()
        assert (stored.pepper, bytes(stored.digest)) == (2, peppers.digest(secret).value)
        delete_secret(alice.actor, site_key=shop.site_key, secret_id=stored.pk)


def test_all_who_use_a_key_at_once_are_answered_and_it_moves(alice: Person, make_key: MakeKey, settings: Any) -> None:
    for _ in range(ROUNDS):
        settings.PEPPERS = OLD
        token = make_key(alice)
        settings.PEPPERS = BOTH

        results = together([lambda: Api(token).get("/api/v1/whoami").status_code] * THREADS)  # noqa: B023

        assert results == [200] * THREADS
        stored = ApiKeyToken.objects.get(last_four=token[-4:])
        assert (stored.pepper, bytes(stored.digest)) == (2, peppers.digest(token).value)


def test_of_those_who_hand_one_key_in_at_once_one_revokes_it(alice: Person, make_key: MakeKey) -> None:
    for _ in range(ROUNDS):
        token = make_key(alice)
        hand_in = lambda: Api().post("/api/v1/credentials/revoke", {"credentials": [token]}).status_code  # noqa: B023, E731

        assert together([hand_in] * 8) == [202] * 8

        assert Api(token).get("/api/v1/whoami").status_code == 401
    assert AuditEvent.objects.filter(action="key.revoked").count() == ROUNDS
    assert verify_chain(alice.account.pk).is_intact


def test_of_those_who_note_one_use_at_once_exactly_one_writes(old_secret: Old, alice: Person, shop: Site) -> None:
    for _ in range(ROUNDS):
        stored, secret = old_secret()
        now = clock.now()

        results = together([lambda: note_use(SiteSecret.objects.all(), stored, secret, now)] * THREADS)  # noqa: B023

        assert sorted(results, key=bool) == [False] * (THREADS - 1) + [True]
        delete_secret(alice.actor, site_key=shop.site_key, secret_id=stored.pk)


def test_a_secret_that_is_deleted_while_it_moves_does_not_come_back(old_secret: Old, alice: Person, shop: Site) -> None:
    for _ in range(ROUNDS):
        stored, secret = old_secret()

        def delete(stored: SiteSecret = stored) -> int:
            delete_secret(alice.actor, site_key=shop.site_key, secret_id=stored.pk)
            return 200

        results = together([*[use(shop, secret)] * 7, delete])

        assert not failures(results)
        assert {*results} <= {200, 401}
        assert not SiteSecret.objects.filter(pk=stored.pk).exists()
        assert use(shop, secret)() == 401


def test_moving_it_naively_brings_a_deleted_secret_back(old_secret: Old, shop: Site) -> None:
    """What `save` does with a row that is gone: it writes it again."""
    stored, secret = old_secret()
    SiteSecret.objects.filter(pk=stored.pk).delete()

    digest = peppers.digest(secret)
    stored.digest, stored.pepper, stored.last_used_at = digest.value, digest.pepper, clock.now()
    stored.save()

    assert use(shop, secret)() == 200
