"""What a client says of the text that it expects, and the text that follows from it."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_AS_DIGITS: Final = str.maketrans("OoQDIl|ZzSsBGq", "00001112255869")
_AS_LETTERS: Final = str.maketrans("015268", "OlSZGB")
_SCRIPTS: Final = {"en": ("LATIN",), "rn": ("LATIN", "CYRILLIC")}
LANGUAGE_POOLS: Final = frozenset(_SCRIPTS)


class Numeric(IntEnum):
    """Which characters the text is made of."""

    ANY = 0
    DIGITS = 1
    NO_DIGITS = 2


class NoText(Exception):
    """There is no text that is as the client expects; `str` says what was missing."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client expects.

    Attributes:
        language_pool: `en` for Latin letters, `rn` for Latin and Cyrillic ones; empty for whatever is read.
        numeric: digits alone, no digits, or either.
        is_cased: whether upper and lower case differ; where they do not, the text comes in lower case; `None` leaves
            it as it was read.
        is_phrase: whether the text has several words.
        min_length: in characters; 0 for any.
        max_length: in characters; 0 for any.
    """

    language_pool: str = ""
    numeric: Numeric = Numeric.ANY
    is_cased: bool | None = None
    is_phrase: bool = False
    min_length: int = 0
    max_length: int = 0

    def fulfilled_by(self, lines: Iterable[str]) -> str:
        """The text of an image, as it is wished for.

        Args:
            lines: what was read, from top to bottom.

        Raises:
            NoText: when nothing was read, or nothing that fits.
        """
        text = " ".join(" ".join(lines).split())
        if self.language_pool:
            text = _in_scripts(text, _SCRIPTS[self.language_pool])
        if self.numeric is Numeric.DIGITS:
            text = "".join(letter for letter in text.translate(_AS_DIGITS) if letter in "0123456789")
        elif self.numeric is Numeric.NO_DIGITS:
            text = "".join(letter for letter in text.translate(_AS_LETTERS) if not letter.isdigit())
        if self.is_cased is False:
            text = text.lower()
        if self.max_length and len(text) > self.max_length and not self.is_phrase:
            text = text.replace(" ", "")  # a gap between two letters is often read as one between words
        self._require(text)
        return text

    def _require(self, text: str) -> None:
        if not text:
            raise NoText("No text was found in the image.")
        if self.is_phrase and " " not in text:
            raise NoText("One word was found in the image, and several were expected (phrase).")
        if self.min_length and len(text) < self.min_length:
            raise NoText(f"The text that was found has {len(text)} characters, fewer than minLength {self.min_length}.")
        if self.max_length and len(text) > self.max_length:
            raise NoText(f"The text that was found has {len(text)} characters, more than maxLength {self.max_length}.")


def _in_scripts(text: str, scripts: tuple[str, ...]) -> str:
    """The text without letters of other scripts; full-width forms count as what they stand for."""
    plain = unicodedata.normalize("NFKC", text)
    kept = (letter for letter in plain if not letter.isalpha() or unicodedata.name(letter, "").startswith(scripts))
    return " ".join("".join(kept).split())
