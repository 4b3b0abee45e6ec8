"""What is stored of a token: its HMAC-SHA256 under a numbered pepper.

Tokens carry 190 random bits, so a slow password hash would add nothing but time. The pepper is in the
environment or a file, never in the database: a stolen database alone cannot even confirm a guess.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings

from apps.credentials.format import TokenKind, is_well_formed


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


def digests_of(kind: TokenKind, tokens: Iterable[str]) -> list[bytes]:
    """The digests of those of many texts that are well-formed tokens of a kind, under every live pepper.

    Where there is none, a digest that nothing has: a look-up takes place all the same, and its time tells nothing.
    """
    candidates = {token for token in tokens if is_well_formed(kind, token)}
    return [found for token in candidates for found in digests(token)] or [bytes(32)]


def _hmac(pepper: int, token: str) -> bytes:
    return hmac.digest(settings.PEPPERS[pepper], token.encode("utf-8"), hashlib.sha256)
