"""The keys that challenges are signed, sealed and told apart with: derived (HKDF, RFC 5869) from the peppers.

What is new uses the newest pepper. Older ones are accepted as long as they are kept, so that a pepper can be
rotated while challenges are open.
"""

import hashlib
import hmac
from enum import Enum
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.counting.addresses import counted_as
from apps.credentials import peppers


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


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: Purpose) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.value).derive(secret)
