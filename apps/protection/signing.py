"""The keys that challenges are signed, sealed and told apart with: derived (HKDF, RFC 5869) from the peppers.

What is new uses the newest pepper. Older ones are accepted as long as they are kept, so that a pepper can be
rotated while challenges are open.
"""

import hashlib
import hmac
from enum import Enum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.credentials import peppers

IPV6_NETWORK: Final = 64  # bits: one household or one machine, which may use any address in it


class Purpose(Enum):
    """What a key is for. No two purposes share one."""

    CHALLENGE = b"gatehouse: challenges"
    WORK = b"gatehouse: the work that was done"
    SEAL = b"gatehouse: what a challenge carries"
    ADDRESS = b"gatehouse: addresses of open challenges"


def newest_pepper() -> int:
    """The number of the pepper for what is new."""
    return peppers.newest()


def key_for(purpose: Purpose, pepper: int) -> bytes | None:
    """The key (32 bytes) under a pepper; `None` when there is no pepper of this number."""
    secret = settings.PEPPERS.get(pepper)
    return None if secret is None else _derived(secret, purpose)


def newest_key(purpose: Purpose) -> bytes:
    """The key (32 bytes) for what is new."""
    return _derived(settings.PEPPERS[peppers.newest()], purpose)


def address_digest(address: str) -> bytes:
    """What an address is counted under, 16 bytes: it can be compared, and not read.

    Args:
        address: in its canonical spelling; every address of an IPv6 /64 counts as one. Empty where it is not known.
    """
    return hmac.digest(newest_key(Purpose.ADDRESS), counted_as(address).encode(), hashlib.sha256)[:16]


def counted_as(address: str) -> str:
    """What requests of an address are counted under: of an IPv6 address its /64; empty for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, IPV6_NETWORK), strict=False))
    return str(parsed)


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: Purpose) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.value).derive(secret)
