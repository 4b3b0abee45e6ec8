"""Tables as CSV, streamed: a line is written while the next is read."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")  # or what would be taken for one that was guarded already


class _Line:
    """A file for `csv` that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(heading: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as CSV (RFC 4180) with a heading.

    Texts that a spreadsheet would compute get a leading apostrophe (ASVS 1.2.10), which `unguarded` takes away.
    """
    writer = csv.writer(_Line())
    yield str(writer.writerow(heading))
    for row in rows:
        yield str(writer.writerow(_without_formula(value) for value in row))


def unguarded(text: str) -> str:
    """What a cell held before it was guarded against being computed."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _without_formula(value: Any) -> str:
    text = str(value)
    if isinstance(value, int):  # computes to itself, and a spreadsheet can add it up
        return text
    return f"'{text}" if _FORMULA.match(text) else text
