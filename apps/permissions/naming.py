"""Names that people give to things: what may stand in them."""

import unicodedata
from typing import Final

from apps.permissions.refusals import Invalid

LONGEST_NAME: Final = 120  # characters
_UNPRINTABLE: Final = {"Cc", "Cn", "Co", "Cs", "Zl", "Zp"}
_BIDI_CONTROLS: Final = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_name(text: str, *, field: str = "name", longest: int = LONGEST_NAME) -> str:
    """The name without surrounding white space.

    Args:
        text: as typed.
        field: the field that an error is about.
        longest: in characters.

    Raises:
        Invalid: when nothing is left, it is longer than that, or it holds characters that
            cannot be seen (control characters, and those that turn the direction of the text).
    """
    name = text.strip()
    if not name:
        raise Invalid({field: f"{field} is empty. Give it a name of 1 to {longest} characters."})
    if len(name) > longest:
        raise Invalid({field: f"{field} has {len(name)} characters; at most {longest} are allowed."})
    if any(unicodedata.category(character) in _UNPRINTABLE or character in _BIDI_CONTROLS for character in name):
        raise Invalid(
            {field: f"{field} holds characters that cannot be shown. Use letters, digits, spaces and punctuation."}
        )
    return name
