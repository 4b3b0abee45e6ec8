"""Several who rotate or narrow one key at the same moment: one token is left, and nothing comes back."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.api_keys.life import delete_key, disable_keys, enable_key, rotate_key, update_key
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.permissions.refusals import Invalid, NotFound
from tests.people import Api, MakeKey, Person
from tests.races.together import THREADS, failures, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
WHOAMI = "/api/v1/whoami"


def works(token: str) -> bool:
    return bool(Api(token).get(WHOAMI).status_code == 200)


def rotate_naively(key: ApiKey) -> str:
    """What rotating would be without the key's row locked: look which tokens there are, add one, end those."""
    earlier = list(key.tokens.live(clock.now()).values_list("pk", flat=True))
    time.sleep(0.005)  # as long as a busy server takes between two statements
    token = mint(TokenKind.API_KEY)
    digest = peppers.digest(token.reveal())
    ApiKeyToken.objects.create(key=key, digest=digest.value, pepper=digest.pepper, last_four=token.last_four)
    ApiKeyToken.objects.filter(pk__in=earlier).update(expires_at=clock.now())
    return token.reveal()


def working_after(rotations: list[Callable[[], str]]) -> int:
    tokens = succeeded(together(rotations))
    assert len(tokens) == len(rotations)
    return sum(map(works, tokens))


def test_of_tokens_that_were_made_at_once_exactly_one_works(alice: Person, make_key: MakeKey) -> None:
    make_key(alice)
    key = ApiKey.objects.get()
    for _ in range(ROUNDS):
        rotate = [lambda: rotate_key(alice.actor, key_id=key.pk).token.reveal()] * THREADS
        assert working_after(rotate) == 1
    assert AuditEvent.objects.filter(action="key.rotated").count() == ROUNDS * THREADS
    assert verify_chain(alice.account.pk).is_intact


def test_the_same_race_is_lost_without_the_lock(alice: Person, make_key: MakeKey) -> None:
    make_key(alice)
    key = ApiKey.objects.get()
    assert any(working_after([lambda: rotate_naively(key)] * 4) > 1 for _ in range(ROUNDS))


def test_narrowings_at_once_leave_what_all_of_them_left(alice: Person, make_key: MakeKey) -> None:
    for _ in range(ROUNDS):
        make_key(alice, "getSites", "verify", "getTraffic")
        key = ApiKey.objects.latest("created_at")
        results = together(
            [
                lambda key=key: update_key(alice.actor, key_id=key.pk, permissions=["getSites", "verify"]),  # type: ignore[misc]
                lambda key=key: update_key(alice.actor, key_id=key.pk, permissions=["getSites", "getTraffic"]),  # type: ignore[misc]
            ]
            * 4
        )
        key.refresh_from_db()
        assert len(key.permissions) == 2
        assert [error for error in failures(results) if not isinstance(error, Invalid)] == []
        assert len(failures(results)) == 4


def test_a_key_that_is_deleted_while_it_is_enabled_stays_deleted(alice: Person, make_key: MakeKey) -> None:
    for _ in range(ROUNDS):
        token = make_key(alice)
        key = ApiKey.objects.latest("created_at")
        disable_keys(alice.actor, key_ids=[key.pk])
        results = together(
            [
                lambda key=key: enable_key(alice.actor, key_id=key.pk),  # type: ignore[misc]
                lambda key=key: delete_key(alice.actor, key_id=key.pk),  # type: ignore[misc]
                lambda key=key: rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=7)),  # type: ignore[misc]
            ]
        )
        assert not isinstance(results[1], Exception)
        assert not works(token)
        with pytest.raises(NotFound):
            enable_key(alice.actor, key_id=key.pk)
