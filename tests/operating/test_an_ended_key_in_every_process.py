"""A key that is ended or narrowed in one process is so in every other, at its next request."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.operating.serving import ROOT, Serving

WHOAMI = "/api/v1/whoami"
SITES = "/sites/get"
ENDS = {
    "deleted": "life.delete_key(actor, key_id=key.pk)",
    "disabled": "life.disable_keys(actor, key_ids=[key.pk])",
    "rotated": "life.rotate_key(actor, key_id=key.pk)",
    "expired": "ApiKey.objects.filter(pk=key.pk).update(expires_at=clock.now())",
    "limited to another network": "life.update_key(actor, key_id=key.pk, networks=['192.0.2.0/24'])",
    "its creator gone": "Membership.objects.filter(person_id=key.created_by_id).delete()",
}
BEGIN = """
import json
from apps.accounts.models import Account, Membership
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.api_keys import life
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.record import Source
from apps.permissions.actor import system
from apps.permissions.roles import Role
source = Source("command line")
"""
MAKE = """
account = found_account(system(source), name="Ends")
actor = system(source, account.pk)
def key_of(name):
    person = create_verified_person(email=f"p{hash(name)}@people.example", name="", password=None)
    add_member(actor, account=account, person=person, role=Role.OWNER)
    permissions = ["getSites", "updateApiKey", "getApiKeys", "verify"]
    made = create_key(actor, name=name, permissions=permissions, expires_at=None, owner_id=person.pk)
    return made.token.reveal()
print(json.dumps({name: key_of(name) for name in NAMES}))
"""


@pytest.fixture
def in_another_process(tmp_path, own_database_url):
    """Run Python in a process of its own, on the servers' database; what it prints."""

    def run(code: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "DATA_DIR": str(tmp_path), "DATABASE_URL": own_database_url}
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", BEGIN + code]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def servers(serve):
    """Two on one database; the first makes the tables."""
    started: list[Serving] = []
    for _ in range(2):
        started.append(serve())
        started[-1].wait_until_it_runs()
    return started


def statuses(servers: list[Serving], path: str, token: str) -> set[int]:
    """Of four requests to each server: each has several processes."""
    return {server.call("GET", path, token=token)[0] for server in servers for _ in range(4)}


def test_an_end_in_one_process_holds_at_the_next_request_in_the_others(servers: Any, in_another_process: Any) -> None:
    tokens = json.loads(in_another_process(f"NAMES = {[*ENDS, 'narrowed']!r}" + MAKE))
    before = {name: statuses(servers, WHOAMI, token) for name, token in tokens.items()}
    ends = [f"key = ApiKey.objects.get(name={name!r})\n{end}" for name, end in ENDS.items()]

    in_another_process("actor = system(source, Account.objects.get().pk)\n" + "\n".join(ends))

    after = {name: statuses(servers, WHOAMI, tokens[name]) for name in ENDS}
    assert before == {key: {200} for key in tokens}
    assert after == {key: {401} for key in ENDS}
    _narrowed_in_one(servers, tokens["narrowed"])


def _narrowed_in_one(servers: list[Serving], token: str) -> None:
    listed = servers[0].call("GET", "/api-keys/get", token=token)[1]["apiKeys"]
    [key_id] = [key["apiKeyId"] for key in listed if key["name"] == "narrowed"]
    assert statuses(servers, SITES, token) == {200}

    servers[0].call("POST", "/api-keys/update", {"apiKeyId": key_id, "permissions": ["verify"]}, token)

    assert statuses(servers, SITES, token) == {403}
