"""Tables as people save them: CSV from any spreadsheet, read line by line and no further than its limits.

Comma, semicolon or tab; UTF-8 with or without a byte order mark; any line ends; quoted cells (RFC 4180).
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.listing.csv_lines import unguarded

DELIMITERS: Final = (",", ";", "\t")
MOST_BYTES: Final = 2_000_000
_LINE: Final = re.compile(r"[^\r\n]+")
_BOM: Final = "\ufeff"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class UnreadableTable(Exception):
    """The file is no table that can be read; `str` is a sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Record:
    """A line of a table.

    Attributes:
        number: of the line that it begins at in the file, from 1.
        cells: its texts, without white space around them.
    """

    number: int
    cells: list[str]


def text_of(content: bytes) -> str:
    """The text of a file.

    Raises:
        UnreadableTable: when it is too large, in another encoding than UTF-8, or holds a NUL.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableTable(
            f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are taken at once. Split it into several."
        )
    if content.startswith(_UTF_16):
        raise UnreadableTable("The file is in UTF-16. Save it as “CSV UTF-8” and try again.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableTable(f"Line {line} is not in UTF-8. Save the file as “CSV UTF-8” and try again.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableTable(f"Line {line} holds a NUL character, so this is no CSV file. Export it as CSV again.")
    return text.removeprefix(_BOM)


def delimiter_of(text: str) -> str:
    """What separates the cells: whichever stands most often in the first line that is not empty."""
    first = next((line[0] for line in _LINE.finditer(text) if not line[0].isspace()), "")
    return max(DELIMITERS, key=first.count)


def records_of(text: str) -> Iterator[Record]:
    """The lines of a table that are not empty, its heading first; read as they are asked for.

    Raises:
        UnreadableTable: at a line whose quotes do not match.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    number = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UnreadableTable(
                f"Line {number} cannot be read ({error}). Put a cell with quotes in it into quotes, and double its own."
            ) from None
        if row is None:
            return
        cells = [unguarded(cell.strip()) for cell in row]
        if any(cells):
            yield Record(number, cells)
        number = reader.line_num + 1
