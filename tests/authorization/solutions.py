"""What the matrix sends and reads where a solution is verified with a key."""

import base64
import json
from typing import Any
from uuid import UUID

from apps.protection.test_keys import ALWAYS_PASSES, NOT_SIGNED


def code_of(said: Any) -> int:
    """What an answer of Private Captcha's contract says, of organizations and properties or of a solution."""
    return int(said["meta"]["code"] if "meta" in said else said["code"])


def claiming(site_key: UUID) -> str:
    """What says that it is a solution for a site."""
    parameters = ALWAYS_PASSES.parameters
    parameters["data"]["s"] = site_key.hex
    challenge = {"parameters": parameters, "signature": NOT_SIGNED}
    payload = {"challenge": challenge, "solution": {"counter": 0, "derivedKey": NOT_SIGNED}}
    return base64.b64encode(json.dumps(payload).encode()).decode()
