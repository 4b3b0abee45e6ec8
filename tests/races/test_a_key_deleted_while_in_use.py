"""A key that is deleted while servers use it: after the answer to the deletion, no request with it succeeds."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest

from apps.api_keys import life
from apps.api_keys.life import delete_key
from apps.api_keys.models import ApiKey
from apps.audit.chain import verify_chain
from apps.permissions.actor import Actor
from apps.sites.models import Site
from apps.sites.operations import deactivate_site
from apps.sites.secrets import rotate_secret
from tests.people import Api, MakeKey, Person
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

USERS = 8
ROUNDS = 4
REQUESTS_AFTERWARDS = 3


def use_until_over(call: Callable[[], int], is_over: threading.Event) -> Callable[[], list[tuple[bool, int]]]:
    """Calls again and again, and some times more once it is over; each time, whether it was over and the status."""

    def use() -> list[tuple[bool, int]]:
        seen: list[tuple[bool, int]] = []
        while sum(after for after, _ in seen) < REQUESTS_AFTERWARDS:
            after = is_over.is_set()  # before the request begins
            seen.append((after, call()))
        return seen

    return use


def end_under_load(call: Callable[[], int], end: Callable[[], object]) -> tuple[set[int], set[int]]:
    """The statuses of requests that began before the end, and of those that began after it."""
    is_over = threading.Event()

    def finish() -> list[tuple[bool, int]]:
        end()
        is_over.set()
        return []

    results = together([*[use_until_over(call, is_over)] * USERS, finish])
    seen: list[tuple[bool, int]] = []
    for result in results:
        assert not isinstance(result, Exception), result
        seen += result
    return {status for after, status in seen if not after}, {status for after, status in seen if after}


def test_a_deleted_key_reads_nothing_more(alice: Person, make_key: MakeKey) -> None:
    for _ in range(ROUNDS):
        token = make_key(alice)
        key = ApiKey.objects.latest("created_at")
        before, after = end_under_load(
            lambda token=token: Api(token).get("/api/v1/whoami").status_code,  # type: ignore[misc]
            lambda key=key: delete_key(alice.actor, key_id=key.pk),  # type: ignore[misc]
        )
        assert before <= {200, 401}
        assert after == {401}


ENDS: dict[str, Callable[[Actor, UUID], object]] = {
    "disabled": lambda actor, key_id: life.disable_keys(actor, key_ids=[key_id]),
    "rotated": lambda actor, key_id: life.rotate_key(actor, key_id=key_id),
    "limited to another network": lambda actor, key_id: life.update_key(
        actor, key_id=key_id, networks=["198.51.100.0/24"]
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_key_that_ends_otherwise_reads_nothing_more(end: str, alice: Person, make_key: MakeKey) -> None:
    for _ in range(ROUNDS):
        token = make_key(alice)
        key = ApiKey.objects.latest("created_at")
        before, after = end_under_load(
            lambda token=token: Api(token).get("/api/v1/whoami").status_code,  # type: ignore[misc]
            lambda key=key: ENDS[end](alice.actor, key.pk),  # type: ignore[misc]
        )
        assert before <= {200, 401}
        assert after == {401}


def test_a_narrowed_key_does_nothing_more_that_it_lost(alice: Person, make_key: MakeKey) -> None:
    token = make_key(alice, "getSites", "verify")
    key = ApiKey.objects.get()
    before, after = end_under_load(
        lambda: Api(token).get("/sites/get").status_code,
        lambda: life.update_key(alice.actor, key_id=key.pk, permissions=["verify"]),
    )
    assert before <= {200, 403}
    assert after == {403}


def test_a_deleted_key_changes_nothing_more(alice: Person, shop: Site, make_key: MakeKey) -> None:
    token = make_key(alice)
    key = ApiKey.objects.get()
    path = f"/api/v1/sites/{shop.site_key}"
    before, after = end_under_load(
        lambda: Api(token).patch(path, {"name": threading.current_thread().name}).status_code,
        lambda: delete_key(alice.actor, key_id=key.pk),
    )
    assert before <= {200, 401}
    assert after == {401}
    assert verify_chain(alice.account.pk).is_intact


def test_a_creator_who_is_gone_stops_their_keys_at_once(alice: Person, bob: Person, make_key: MakeKey) -> None:
    token = make_key(bob)
    _, after = end_under_load(lambda: Api(token).get("/api/v1/whoami").status_code, lambda: bob.membership.delete())
    assert after == {401}


def test_a_deactivated_site_verifies_nothing_more(alice: Person, shop: Site) -> None:
    secret = rotate_secret(alice.actor, site_key=shop.site_key).secret.reveal()
    body = {"siteKey": shop.site_key, "secret": secret, "solution": "x"}
    before, after = end_under_load(
        lambda: Api().post("/api/v1/verify", body).status_code,
        lambda: deactivate_site(alice.actor, site_key=shop.site_key),
    )
    assert before <= {200, 403}
    assert after == {403}


def test_a_rotated_secret_verifies_nothing_more(alice: Person, shop: Site) -> None:
    secret = rotate_secret(alice.actor, site_key=shop.site_key).secret.reveal()
    body = {"siteKey": shop.site_key, "secret": secret, "solution": "x"}
    before, after = end_under_load(
        lambda: Api().post("/api/v1/verify", body).status_code,
        lambda: rotate_secret(alice.actor, site_key=shop.site_key),
    )
    assert before <= {200, 401}
    assert after == {401}
