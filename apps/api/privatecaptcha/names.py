"""Names as this contract takes them: of organizations and of properties, each with its own codes."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from apps.api.privatecaptcha.codes import Code, Unusable

LONGEST: Final = 255  # bytes in UTF-8
_LETTERS_AND_DIGITS: Final = ("L", "M", "Nd")  # a mark, such as a vowel of Devanagari, is a part of its letter


def tidied(text: str) -> str:
    """A name as it is kept: in composed letters, without surrounding white space."""
    return unicodedata.normalize("NFC", text.strip())


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a name may be: letters and digits of any script, spaces, and some signs.

    Attributes:
        signs: the signs.
        empty: the code for a name of nothing but white space.
        too_long: for one of more than 255 bytes.
        invalid: for one with other characters.
    """

    signs: str
    empty: Code
    too_long: Code
    invalid: Code

    def read(self, text: str) -> str:
        """The name without surrounding white space, in composed letters.

        Raises:
            Unusable: with the rule's code.
        """
        name = tidied(text)
        if not name:
            raise Unusable(self.empty, "name")
        if len(name.encode()) > LONGEST:
            raise Unusable(self.too_long, "name")
        if not all(map(self._may_stand_there, name)):
            raise Unusable(self.invalid, "name")
        return name

    def _may_stand_there(self, letter: str) -> bool:
        return letter in self.signs or unicodedata.category(letter).startswith(_LETTERS_AND_DIGITS)


ORGANIZATION: Final = NameRule(" '-_&.:()[]", Code.ORG_NAME_EMPTY, Code.ORG_NAME_TOO_LONG, Code.ORG_NAME_INVALID)
PROPERTY: Final = NameRule(" '-_.:()[]", Code.NAME_EMPTY, Code.NAME_TOO_LONG, Code.NAME_INVALID)
