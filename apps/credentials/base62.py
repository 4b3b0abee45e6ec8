"""Base 62: digits, capitals, small letters; the alphabet of tokens and site keys."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def encode(number: int, width: int) -> str:
    """`number` in base 62, padded with zeros on the left to `width` characters.

    Raises:
        ValueError: when the number is negative or needs more characters.
    """
    if number < 0 or number >= 62**width:
        raise ValueError(f"{number} does not fit into {width} characters of base 62.")
    digits = []
    for _ in range(width):
        number, value = divmod(number, 62)
        digits.append(ALPHABET[value])
    return "".join(reversed(digits))


def decode(text: str) -> int:
    """The number that `text` spells.

    Raises:
        ValueError: when a character is none of the alphabet's.
    """
    number = 0
    for character in text:
        if character not in _VALUES:
            raise ValueError("Not a base 62 number.")
        number = number * 62 + _VALUES[character]
    return number
