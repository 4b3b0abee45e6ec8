"""Opaque ids on the wire: the number of a row, mixed with a check, in an alphabet that only this installation has.

A number of one kind of thing is never taken for one of another, and an id that this server did not make is told
from one of a thing that is gone. They hide how many things there are; they are no secret, and who may do what is
always asked as well. They change with `SECRET_KEY`.

Source: https://sqids.org
"""

import hashlib
import hmac
from enum import StrEnum
from functools import cache
from string import ascii_letters, digits
from typing import Final

from django.conf import settings
from sqids import Sqids

SHORTEST: Final = 10  # characters
_LONGEST: Final = 24
_CHECKS: Final = 2**24


class IdSpace(StrEnum):
    """What an id is of."""

    ORGANIZATION = "organization"
    PROPERTY = "property"


def encode(space: IdSpace, number: int) -> str:
    """The id of a row, of `[A-Za-z0-9]`."""
    return _alphabet_of(space, settings.SECRET_KEY).encode([_check(space, number), number])


def decode(space: IdSpace, text: str) -> int | None:
    """The number of the row that an id is of; `None` for what this server made no id of that kind of."""
    if not SHORTEST <= len(text) <= _LONGEST or not text.isascii() or not text.isalnum():
        return None
    numbers = _alphabet_of(space, settings.SECRET_KEY).decode(text)
    if len(numbers) != 2 or not 0 < numbers[1] < 2**63 or numbers[0] != _check(space, numbers[1]):
        return None
    return numbers[1] if encode(space, numbers[1]) == text else None


def _check(space: IdSpace, number: int) -> int:
    return int.from_bytes(_keyed(settings.SECRET_KEY, f"{space} {number}")[:8]) % _CHECKS


@cache
def _alphabet_of(space: IdSpace, key: str) -> Sqids:
    characters = sorted(ascii_letters + digits, key=lambda character: _keyed(key, f"{space} letter {character}"))
    return Sqids(alphabet="".join(characters), min_length=SHORTEST)


def _keyed(key: str, text: str) -> bytes:
    return hmac.digest(key.encode(), f"ids on the wire: {text}".encode(), hashlib.sha256)
