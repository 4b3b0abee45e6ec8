"""The format of every token: prefix, 32 random characters, 6 characters of checksum.

Only `[A-Za-z0-9_]`, so that a double click selects all of it. The checksum (CRC-32 of the random part,
in base 62) lets scanners and the server reject noise without a look-up. It is no protection: whoever
wants a token with a right checksum can compute one, and it will be unknown.
"""

import re
import secrets
import zlib
from enum import StrEnum
from typing import Final

from apps.credentials import base62
from apps.credentials.plain import PlainSecret

RANDOM_LENGTH: Final = 32
CHECKSUM_LENGTH: Final = 6


class TokenKind(StrEnum):
    """What a token is for, by its prefix."""

    API_KEY = "nct_"
    SITE_SECRET = "ss_live_"  # noqa: S105  (a prefix)
    INVITATION = "nci_"


PATTERNS: Final = {kind: re.compile(rf"{kind}[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}") for kind in TokenKind}


def mint(kind: TokenKind) -> PlainSecret:
    """A new token of 190 random bits."""
    random = "".join(secrets.choice(base62.ALPHABET) for _ in range(RANDOM_LENGTH))
    return PlainSecret(f"{kind}{random}{_checksum(random)}")


def is_well_formed(kind: TokenKind, text: str) -> bool:
    """Whether `text` has the kind's prefix, length, alphabet and checksum."""
    if not PATTERNS[kind].fullmatch(text):
        return False
    random = text[len(kind) : -CHECKSUM_LENGTH]
    return text[-CHECKSUM_LENGTH:] == _checksum(random)


def masked(kind: TokenKind, last_four: str) -> str:
    """How a stored token is shown: `ss_live_…wxyz`."""
    return f"{kind}…{last_four}"


def _checksum(random: str) -> str:
    return base62.encode(zlib.crc32(random.encode("ascii")), CHECKSUM_LENGTH)
