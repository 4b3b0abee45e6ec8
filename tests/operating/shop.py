"""A site on a server of its own, and what its visitors' widgets and its backend do."""

import base64
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from altcha import v2 as altcha

from tests.operating.serving import ROOT

ORIGIN = "https://shop.example"
MAKE = """
import json
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.api_keys.operations import create_key
from apps.audit.record import Source
from apps.permissions.actor import system
from apps.permissions.roles import Role
from apps.sites.operations import create_site
account = found_account(system(Source("command line")), name="Shop")
actor = system(Source("command line"), account.pk)
PERMISSIONS = ["verify", "createSite", "getSites"]
person = create_verified_person(email="owner@people.example", name="", password=None)
add_member(actor, account=account, person=person, role=Role.OWNER)
key = create_key(actor, name="Backend", permissions=PERMISSIONS, expires_at=None, owner_id=person.pk)
made = create_site(actor, name="Shop", allowed_origins=["https://shop.example"], level=1)
print(json.dumps({"key": key.token.reveal(), "secret": made.secret.reveal(), "sitekey": made.site.site_key}))
"""


def make_shop(data_dir: Path, database_url: str) -> dict[str, str]:
    """Make a site in a server's database; what its backend holds: `key`, `secret` and `sitekey`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, "DATA_DIR": str(data_dir), "DATABASE_URL": database_url}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", MAKE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    held: dict[str, str] = json.loads(done.stdout)
    return held


def ask(address: str, body: bytes | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, body, named)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def solution_from(server: str, sitekey: str) -> str:
    """What a widget does."""
    given = ask(f"{server}/challenge?{urllib.parse.urlencode({'sitekey': sitekey})}", Origin=ORIGIN)
    challenge = altcha.Challenge(altcha.ChallengeParameters.from_dict(given["parameters"]), given["signature"])
    solved = altcha.solve_challenge(challenge)
    assert solved is not None
    solution = {"counter": solved.counter, "derivedKey": solved.derived_key, "time": 120}
    whole = {"challenge": {"parameters": given["parameters"], "signature": given["signature"]}, "solution": solution}
    return base64.b64encode(json.dumps(whole).encode()).decode()


def as_json(server: str, path: str, body: dict[str, str], **headers: str) -> Any:
    return ask(server + path, json.dumps(body).encode(), Content_Type="application/json", **headers)
