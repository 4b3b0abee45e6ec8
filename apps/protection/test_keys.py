"""Keys for other people's tests: one set that always passes and one that always fails, the same on every server.

Nobody needs an account for them, nothing that they do is counted, and every answer to them says that it is a test.
A test secret only goes with its own test site key, and a solution of theirs is worth nothing to a real site: what
stands here is public, and must open nothing.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from apps.protection.outcomes import Outcome
from apps.protection.signed_facts import SignedFacts
from apps.protection.verdicts import Verification
from apps.protection.work import ALGORITHM, NONE
from apps.sites import site_key as spelling

NOT_SIGNED: Final = "0" * 64
VALID_SECONDS: Final = 21_600
_NO_PEPPER: Final = 0
_NOTHING: Final = bytes(16)


def _derived_key() -> bytes:
    """What the first try derives, as every solver does it."""
    return hashlib.pbkdf2_hmac("sha256", _NOTHING + bytes(4), _NOTHING, NONE.cost)


@dataclass(frozen=True, slots=True)
class KeysForTests:
    """A site key with all that goes with it.

    Attributes:
        name: what they do, in words.
        site_key: as this product spells it; every contract's spelling of it works.
        secret: the site's secret.
        api_key: an API key, for verification alone.
        outcome: of every verification with them.
    """

    name: str
    site_key: str
    secret: str
    api_key: str
    outcome: Outcome

    @property
    def key(self) -> UUID:
        """The site key behind all spellings."""
        found = spelling.read(self.site_key)
        if found is None:
            raise ValueError(f"{self.site_key} is no site key.")
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """A challenge, always the same, whose first try is right; it is signed by nobody."""
        derived = _derived_key().hex()
        return {
            "algorithm": ALGORITHM,
            "cost": NONE.cost,
            "data": SignedFacts(s=self.key.hex, o="", t=0, p=_NO_PEPPER, d=0, e=VALID_SECONDS, v="").sealed_with(""),
            "keyLength": len(derived) // 2,
            "keyPrefix": derived[:32],
            "keySignature": NOT_SIGNED,
            "nonce": _NOTHING.hex(),
            "salt": _NOTHING.hex(),
        }

    @property
    def solution(self) -> str:
        """The solution of that challenge, for tests without a browser; with these keys any other text does too."""
        challenge = {"parameters": self.parameters, "signature": NOT_SIGNED}
        payload = {"challenge": challenge, "solution": {"counter": 0, "derivedKey": _derived_key().hex()}}
        return base64.b64encode(json.dumps(payload, separators=(",", ":")).encode()).decode()

    @property
    def verification(self) -> Verification:
        """What every verification with them finds."""
        return Verification(self.outcome)


ALWAYS_PASSES: Final = KeysForTests(
    "always passes",
    "sk_live_0TESTalwaysPASSES00000",
    "ss_live_TESTalwaysPASSES00000000000000003ZUmAf",
    "nct_TESTalwaysPASSES00000000000000003ZUmAf",
    Outcome.TEST_PASSED,
)
ALWAYS_FAILS: Final = KeysForTests(
    "always fails",
    "sk_live_0TESTalwaysFAILS000000",
    "ss_live_TESTalwaysFAILS000000000000000004gMlCe",
    "nct_TESTalwaysFAILS000000000000000004gMlCe",
    Outcome.TEST_FAILED,
)
ALL: Final = (ALWAYS_PASSES, ALWAYS_FAILS)

_BY_KEY: Final = {keys.key: keys for keys in ALL} | {UUID("aaaaaaaabbbbccccddddeeeeeeeeeeee"): ALWAYS_PASSES}
"""The last one is Private Captcha's own test property: what a customer's tests have already goes on working."""
_BY_SECRET: Final = {keys.secret: keys for keys in ALL}
_BY_API_KEY: Final = {keys.api_key: keys for keys in ALL}


def of_site_key(site_key: str) -> KeysForTests | None:
    """The test keys with this site key, in any contract's spelling."""
    key = spelling.read(site_key)
    return of_key(key) if key else None


def of_key(key: UUID) -> KeysForTests | None:
    """The test keys with this site key."""
    return _BY_KEY.get(key)


def of_secret(secret: str) -> KeysForTests | None:
    """The test keys with this secret."""
    return _BY_SECRET.get(secret)


def of_api_key(token: str) -> KeysForTests | None:
    """The test keys with this API key."""
    return _BY_API_KEY.get(token)


def of_credentials(site_key: str, secret: str) -> KeysForTests | None:
    """The test keys that a site key and a secret are, where they belong together."""
    keys = of_secret(secret)
    return keys if keys and keys is of_site_key(site_key) else None
