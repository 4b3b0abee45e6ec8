"""What a challenge carries for the server alone: who got it, which rule acted, how much work it is.

AES-256-GCM, bound to the signed part that it travels in. A page that is given a challenge learns nothing from it,
and it saves the server a table of visitors.
"""

import base64
import binascii
import secrets
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.protection.signing import Purpose, key_for
from apps.protection.visitors import Visitor

_NONCE: Final = 12  # bytes, NIST SP 800-38D


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed into a challenge.

    Attributes:
        level: how much work it is, 1 to 255; 0 where the site's protection was off.
        counter: the number that solves it.
        rule: the handle of the rule that acted; empty where none did.
        is_blocked: whether that rule blocks at the verification.
        address: of the visitor, as the others.
        user_agent: see `Visitor`.
        country: see `Visitor`.
        asn: see `Visitor`.
        ja4: see `Visitor`.
    """

    level: int
    counter: int
    rule: str = ""
    is_blocked: bool = False
    address: str = ""
    user_agent: str = ""
    country: str = ""
    asn: int = 0
    ja4: str = ""

    def visitor(self, user_id: str = "") -> Visitor:
        """Who got the challenge."""
        return Visitor(self.address, self.user_agent, self.country, self.asn, user_id, self.ja4)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Sealed)


def seal(sealed: Sealed, *, pepper: int, context: bytes) -> str:
    """The text that only this server reads, in base 64.

    Args:
        sealed: what it says.
        pepper: the number of a pepper that is there.
        context: the signed part that it belongs to; it opens in no other.

    Raises:
        ValueError: when there is no such pepper.
    """
    key = key_for(Purpose.SEAL, pepper)
    if key is None:
        raise ValueError(f"There is no pepper {pepper}.")
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, _encoder.encode(sealed), context)).decode()


def unseal(text: str, *, pepper: int, context: bytes) -> Sealed | None:
    """What a sealed text says; `None` when it was not sealed here, or for another challenge."""
    key = key_for(Purpose.SEAL, pepper)
    try:
        raw = base64.b64decode(text, validate=True)
        if key is None or len(raw) < _NONCE:
            return None
        return _decoder.decode(AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], context))
    except (InvalidTag, binascii.Error, ValueError, msgspec.MsgspecError):
        return None
