"""`manage.py scan_tokens --check`: whether each token that was found is live, and whose it is."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.invitations import invite_first_owner
from apps.accounts.models import Invitation
from apps.accounts.team import invite_member
from apps.api_keys.life import delete_key, disable_keys, rotate_key
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credentials.format import TokenKind, mint
from apps.permissions.roles import Role
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site, deactivate_site, delete_site
from tests.credentials.test_scan_tokens import scan

pytestmark = pytest.mark.django_db


@pytest.fixture
def state_of(tmp_path: Path) -> Callable[[str], str]:
    """What `--check` says behind the token, without its place."""

    def check(token: str) -> str:
        (tmp_path / "leak").write_text(token)
        status, [line], _ = scan("--check", tmp_path / "leak")
        assert status == 1
        assert token[10:-4] not in line
        return line.partition(f"{token[-4:]} ")[2]

    return check


def test_an_api_key_in_each_of_its_states(state_of, alice, bob, make_key):
    token = make_key(alice, name="Deploy")
    key = ApiKey.objects.get()
    of = f"“Deploy” of Alice & Co ({key.pk})"
    assert state_of(token) == f"live: {of}"

    newer = rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(hours=1)).token.reveal()
    assert state_of(token) == state_of(newer) == f"live: {of}"
    with clock.at(clock.now() + timedelta(hours=2)):
        assert (state_of(token), state_of(newer)) == (f"expired: {of}", f"live: {of}")
    disable_keys(alice.actor, key_ids=[key.pk])
    assert state_of(newer) == f"disabled: {of}"
    delete_key(alice.actor, key_id=key.pk)
    assert state_of(newer) == state_of(token) == f"deleted: {of}"


def test_a_key_that_expired_or_whose_creator_is_gone_does_not_count_as_live(state_of, alice, bob, make_key):
    short, orphan = make_key(alice, expires_in=timedelta(hours=1)), make_key(bob)
    assert state_of(orphan).startswith("live: ")

    bob.membership.delete()
    with clock.at(clock.now() + timedelta(hours=2)):
        assert state_of(short).startswith("expired: ")
    assert state_of(orphan).startswith("disabled: ")


def test_a_site_secret_in_each_of_its_states(state_of, alice):
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    secret, site = made.secret.reveal(), made.site
    of = f"“Shop” of Alice & Co ({site.site_key})"
    assert state_of(secret) == f"live: {of}"

    SiteSecret.objects.update(expires_at=clock.now() + timedelta(hours=1))
    with clock.at(clock.now() + timedelta(hours=2)):
        assert state_of(secret) == f"expired: {of}"
    deactivate_site(alice.actor, site_key=site.site_key)
    assert state_of(secret) == f"disabled: {of}"
    delete_site(alice.actor, site_key=site.site_key)
    assert state_of(secret) == f"deleted: {of}"


def test_an_invitation_in_each_of_its_states(state_of, alice):
    made = invite_member(alice.actor, email="new@x.example", role=Role.MEMBER)
    token, of = made.token.reveal(), f"“new@x.example” of Alice & Co ({made.invitation.pk})"
    assert state_of(token) == f"live: {of}"

    with clock.at(clock.now() + timedelta(days=8)):
        assert state_of(token) == f"expired: {of}"
    Invitation.objects.update(accepted_at=clock.now())
    assert state_of(token) == f"used: {of}"
    assert state_of(invite_first_owner().reveal()).startswith("live: “the first owner” (")


@pytest.mark.parametrize("kind", TokenKind)
def test_one_of_another_server_is_unknown(state_of, kind):
    assert state_of(mint(kind).reveal()) == "unknown here"


def test_programs_get_state_id_name_and_account(tmp_path, alice, make_key):
    (tmp_path / "leak").write_text(f"{make_key(alice, name='Deploy')}\n{mint(TokenKind.API_KEY).reveal()}")

    _, lines, _ = scan("--check", "--json", tmp_path)

    known, unknown = map(json.loads, lines)
    facts = {name: known[name] for name in ("state", "id", "name", "account")}
    assert facts == {"state": "live", "id": str(ApiKey.objects.get().pk), "name": "Deploy", "account": "Alice & Co"}
    assert [unknown[name] for name in facts] == ["unknown", None, None, None]


def test_any_number_is_looked_up_in_batches_and_nothing_is_written(tmp_path, alice, make_key):
    """Three queries for three hundred; a check is no use of a key."""
    tokens = [mint(kind).reveal() for kind in TokenKind for _ in range(200)] + [make_key(alice)] * 3
    (tmp_path / "leak").write_text("\n".join(tokens))
    events = AuditEvent.objects.count()

    with CaptureQueriesContext(connection) as queries:
        _, lines, _ = scan("--check", tmp_path)

    assert len(lines) == 603
    assert sum(" live: " in line for line in lines) == 3
    assert len(queries) <= 9
    assert AuditEvent.objects.count() == events
    assert ApiKey.objects.get().last_used_at is None


def test_a_token_under_an_older_pepper_is_known_too(state_of, server, alice, make_key):
    token = make_key(alice)
    server.rotate()
    server.restart()

    assert state_of(token).startswith("live: ")
