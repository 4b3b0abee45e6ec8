"""Reading what a widget sends back: bounded, strict, and believed in nothing until its signature is checked.

Base 64 (either alphabet, with or without padding) of the JSON
`{"challenge": {"parameters": {…}, "signature": "…"}, "solution": {"counter": n, "derivedKey": "…", "time": ms}}`.
"""

import base64
import binascii
import re
from typing import Annotated, Any, Final

import msgspec
from altcha import v2 as altcha

from apps.protection.signed_facts import SignedFacts
from apps.protection.signing import Purpose, key_for

LONGEST: Final = 8 * 1024  # characters
_TO_STANDARD: Final = str.maketrans("-_", "+/")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+")
_Hex: Any = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]+$", max_length=128)]
_Hex16: Any = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
_Hex32: Any = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The signed part of a challenge."""

    algorithm: str
    cost: int
    data: SignedFacts
    key_length: int
    key_prefix: _Hex
    key_signature: _Hex32
    nonce: _Hex16
    salt: _Hex16


class SignedChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge as it was given out."""

    parameters: Parameters
    signature: _Hex32


class Solved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What the widget found."""

    counter: Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
    derived_key: _Hex32
    time: float | None = None


class Solution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole solution, read and not yet believed."""

    challenge: SignedChallenge
    solution: Solved

    @property
    def facts(self) -> SignedFacts:
        """What the challenge says of itself."""
        return self.challenge.parameters.data


_decoder = msgspec.json.Decoder(Solution)


def read_solution(text: str) -> Solution | None:
    """The solution that a text spells; `None` when it is none, whatever it is."""
    if len(text) > LONGEST:
        return None
    bare = text.strip().translate(_TO_STANDARD).rstrip("=")
    if not _BASE64.fullmatch(bare):
        return None
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        return _decoder.decode(raw)
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def is_genuine(solution: Solution) -> bool:
    """Whether the challenge was signed here and unchanged since, and the work was done.

    Two HMACs in constant time: the challenge's signature, and that of the key that only the right counter derives.
    Nothing is derived again, and nothing that a stranger sends costs more.
    """
    checked = _checked(solution)
    return checked is not None and checked.verified


def is_signed_here(solution: Solution) -> bool:
    """Whether the challenge alone was signed here and is unchanged, whatever was done with it."""
    checked = _checked(solution)
    return checked is not None and checked.invalid_signature is False


def _checked(solution: Solution) -> altcha.VerifySolutionResult | None:
    """What the library says of it; `None` where the pepper that it names is not there."""
    pepper = solution.facts.p
    challenge_key, work_key = key_for(Purpose.CHALLENGE, pepper), key_for(Purpose.WORK, pepper)
    if challenge_key is None or work_key is None:
        return None
    parameters = solution.challenge.parameters
    payload = altcha.Payload(
        altcha.Challenge(
            altcha.ChallengeParameters(
                algorithm=parameters.algorithm,
                nonce=parameters.nonce,
                salt=parameters.salt,
                cost=parameters.cost,
                key_length=parameters.key_length,
                key_prefix=parameters.key_prefix,
                key_signature=parameters.key_signature,
                data=msgspec.structs.asdict(parameters.data),
            ),
            solution.challenge.signature,
        ),
        altcha.Solution(solution.solution.counter, solution.solution.derived_key),
    )
    return altcha.verify_solution(payload, challenge_key, hmac_key_secret=work_key)
