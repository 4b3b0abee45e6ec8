"""What second factors are derived from, encrypted at rest: a copy of the database alone signs nobody in.

Fernet (AES-128-CBC with HMAC-SHA256) under a key that HKDF-SHA256 derives from each pepper. New texts use the
newest pepper; older ones are read as long as their pepper is kept.
"""

import base64
from typing import Final

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE: Final = b"gatehouse: second factors"


def encrypt(text: str) -> str:
    """The text, readable only with the newest pepper."""
    return _box().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The text that was encrypted under any pepper that is still there.

    Raises:
        cryptography.fernet.InvalidToken: when it was encrypted under no such pepper, or changed since.
    """
    return _box().decrypt(encrypted.encode()).decode()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(settings.PEPPERS[number])) for number in sorted(settings.PEPPERS, reverse=True)])


def _key(pepper: bytes) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(pepper)
    return base64.urlsafe_b64encode(derived)
