"""API keys and a new pepper: what is used moves, what was not is named, and dies with a clear refusal."""

from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.api_keys.life import disable_keys, rotate_key
from apps.api_keys.models import ApiKey, ApiKeyToken
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credentials import peppers
from tests.people import Api

pytestmark = pytest.mark.django_db
WHOAMI = "/api/v1/whoami"


@pytest.fixture
def token(server, alice, make_key) -> str:
    """A key from before the rotation."""
    made: str = make_key(alice, name="Deploy")
    return made


@pytest.fixture
def rotated(server, token):
    """The server after a rotation."""
    server.rotate()
    server.restart()
    return server


def use(token: str) -> int:
    return int(Api(token).get(WHOAMI).status_code)


def test_a_used_key_moves_and_goes_on_working_after_the_old_pepper_is_gone(rotated, token):
    assert use(token) == 200

    stored = ApiKeyToken.objects.get()
    assert (stored.pepper, bytes(stored.digest)) == (2, peppers.digest(token).value)
    rotated.rotate("--retire", "1")
    rotated.restart()
    assert use(token) == 200


def test_a_key_moves_at_once_also_within_a_minute_of_its_last_use(server, token):
    assert use(token) == 200
    server.rotate()
    server.restart()

    assert use(token) == 200

    assert ApiKeyToken.objects.get().pepper == 2


def test_use_and_move_are_one_write_of_the_token_and_further_use_is_none(rotated, token):
    with CaptureQueriesContext(connection) as first:
        use(token)
    with CaptureQueriesContext(connection) as second:
        use(token)

    writes = [query["sql"] for query in first if query["sql"].startswith("UPDATE")]
    assert [all(f'"{field}"' in write for field in ("digest", "pepper")) for write in writes] == [True, False]
    assert all('"last_used_at"' in write for write in writes)
    assert not [query for query in second if query["sql"].startswith("UPDATE")]


def test_a_refused_key_does_not_move(rotated, token, alice):
    disable_keys(alice.actor, key_ids=[ApiKey.objects.get().pk])

    assert use(token) == 401

    assert ApiKeyToken.objects.get().pepper == 1


def test_each_token_of_a_key_moves_by_itself(server, token, alice):
    newer = rotate_key(alice.actor, key_id=ApiKey.objects.get().pk, overlap=timedelta(days=1)).token.reveal()
    server.rotate()
    server.restart()

    use(newer)
    assert "  1 API key token\n" in server.rotate("--report")
    use(token)

    assert "Pepper 1: nothing hangs on it" in server.rotate("--report")


def test_the_report_names_keys_by_name_last_four_and_last_use(rotated, token):
    said = rotated.rotate("--report")

    assert "Pepper 1, on which still hang:\n  1 API key token\n" in said
    assert f"    nct_…{token[-4:]} of “Deploy”, Alice & Co, never used\n" in said
    assert token[:-4] not in said


def test_a_disabled_key_still_hangs_on_it_and_an_expired_or_deleted_one_does_not(server, alice, make_key):
    for name in ("disabled", "expired", "deleted"):
        make_key(alice, name=name, expires_in=timedelta(days=1 if name == "expired" else 2))
    now = clock.now()
    ApiKey.objects.filter(name="disabled").update(disabled_at=now)
    ApiKey.objects.filter(name="deleted").update(deleted_at=now)
    server.rotate()
    server.restart()

    with clock.at(now + timedelta(hours=25)):
        said = server.rotate("--report")

    assert "  1 API key token\n" in said
    assert "“disabled”" in said


def test_a_pepper_on_which_a_key_hangs_is_not_retired_and_the_key_works_on(rotated, token):
    with pytest.raises(CommandError, match="Pepper 1 stays: 1 API key token would stop working"):
        rotated.rotate("--retire", "1")

    assert rotated.stored.keys() == {1, 2}
    assert use(token) == 200


def test_an_unused_key_dies_by_force_with_a_clear_refusal_and_an_event(rotated, token, alice, make_key):
    used = make_key(alice)

    said = rotated.rotate("--retire", "1", "--force")
    rotated.restart()

    assert "1 token ended" in said
    answer = Api(token).get(WHOAMI)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("This API key is not known here.")
    assert use(used) == 200
    assert not ApiKey.objects.living().filter(name="Deploy").exists()
    event = AuditEvent.objects.of_account(alice.account.pk).latest("sequence")
    assert (event.action, event.target_label, event.actor_kind) == ("key.deleted", "Deploy", "system")
    assert event.changes == {"key": [f"nct_…{token[-4:]}", None], "pepper": [1, "retired"]}


def test_by_force_a_key_outlives_its_unused_earlier_token(server, token, alice):
    newer = rotate_key(alice.actor, key_id=ApiKey.objects.get().pk, overlap=timedelta(days=1)).token.reveal()
    server.rotate()
    server.restart()
    use(newer)

    server.rotate("--retire", "1", "--force")
    server.restart()

    assert (use(token), use(newer)) == (401, 200)
    assert AuditEvent.objects.of_account(alice.account.pk).latest("sequence").action == "key.token_ended"


def test_a_key_with_two_unused_tokens_is_ended_whole(server, alice):
    key = create_key(alice.actor, name="Two", permissions=["getSites"], expires_at=None).key
    rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=1))
    server.rotate()
    server.restart()

    assert "2 tokens ended" in server.rotate("--retire", "1", "--force")

    events = AuditEvent.objects.of_account(alice.account.pk).order_by("-sequence")[:2]
    assert [event.action for event in events] == ["key.deleted", "key.token_ended"]
    assert ApiKey.objects.get().deleted_at is not None
