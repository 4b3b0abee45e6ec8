"""What is stored of a token: its HMAC-SHA256 under a numbered pepper.

Tokens carry 190 random bits, so a slow password hash would add nothing but time. The pepper is in the
environment or a file, never in the database: a stolen database alone cannot even confirm a guess.
"""

import hashlib
import hmac
from typing import NamedTuple

from django.conf import settings


class Digest(NamedTuple):
    """A token's digest (32 bytes) and the number of the pepper it was made under."""

    pepper: int
    value: bytes


def newest() -> int:
    """The number of the pepper for what is new: the highest, unless the environment chose another."""
    return settings.PEPPER_FOR_NEW or max(settings.PEPPERS)


def digest(token: str) -> Digest:
    """The digest of `token` under the newest pepper."""
    number = newest()
    return Digest(number, _hmac(number, token))


def digests(token: str) -> list[bytes]:
    """The digests of `token` under every live pepper, newest first: where to look it up."""
    return [_hmac(number, token) for number in sorted(settings.PEPPERS, reverse=True)]


def _hmac(pepper: int, token: str) -> bytes:
    return hmac.digest(settings.PEPPERS[pepper], token.encode("utf-8"), hashlib.sha256)
