"""What second factors are derived from, encrypted at rest: a copy of the database alone signs nobody in.

Fernet (AES-128-CBC with HMAC-SHA256) under a key that HKDF-SHA256 derives from each pepper. New texts use the
newest pepper; older ones are read as long as their pepper is kept.
"""

import base64
import contextlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from apps.credentials import peppers

_PURPOSE: Final = b"gatehouse: second factors"


def encrypt(text: str) -> str:
    """The text, readable only with the newest pepper."""
    return _box(peppers.newest()).encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The text that was encrypted under any pepper that is still there.

    Raises:
        cryptography.fernet.InvalidToken: when it was encrypted under no such pepper, or changed since.
    """
    boxes = [_box(number) for number in sorted(settings.PEPPERS, reverse=True)]
    return MultiFernet(boxes).decrypt(encrypted.encode()).decode()


def pepper_of(encrypted: str) -> int | None:
    """The number of the pepper that a text is encrypted under; `None` when no pepper reads it."""
    for number in sorted(settings.PEPPERS, reverse=True):
        with contextlib.suppress(InvalidToken):
            _box(number).decrypt(encrypted.encode())
            return number
    return None


def _box(number: int) -> Fernet:
    return Fernet(_key(settings.PEPPERS[number]))


def _key(pepper: bytes) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(pepper)
    return base64.urlsafe_b64encode(derived)
