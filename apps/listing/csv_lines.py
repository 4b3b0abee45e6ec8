"""Tables as CSV, streamed: a line is written while the next is read."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file for `csv` that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(heading: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as CSV (RFC 4180) with a heading.

    Cells that a spreadsheet would compute get a leading apostrophe (ASVS 1.2.10).
    """
    writer = csv.writer(_Line())
    yield str(writer.writerow(heading))
    for row in rows:
        yield str(writer.writerow(_without_formula(value) for value in row))


def _without_formula(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
