"""The log as a file, streamed: a row is written while the next is read."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from apps.audit.models import AuditEvent

COLUMNS: Final = (
    "sequence",
    "at",
    "action",
    "outcome",
    "reason",
    "actor_kind",
    "actor_id",
    "actor_label",
    "target_kind",
    "target_id",
    "target_label",
    "surface",
    "ip",
    "user_agent",
    "request_id",
    "changes",
    "previous_hash",
    "hash",
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file for `csv` that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    """The events as CSV (RFC 4180) with a heading.

    Cells that a spreadsheet would compute get a leading apostrophe (ASVS 1.2.10).
    """
    writer = csv.writer(_Line())
    yield str(writer.writerow(COLUMNS))
    for event in events:
        row = _row(event)
        row["changes"] = msgspec.json.encode(row["changes"]).decode()
        yield str(writer.writerow(_without_formula(row[column]) for column in COLUMNS))


def json_lines(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """The events as JSON Lines."""
    encoder = msgspec.json.Encoder()
    for event in events:
        yield encoder.encode(_row(event)) + b"\n"


def _row(event: AuditEvent) -> dict[str, Any]:
    row: dict[str, Any] = {column: getattr(event, column) for column in COLUMNS}
    row["at"] = event.at.isoformat(timespec="microseconds")
    row["previous_hash"] = bytes(event.previous_hash).hex()
    row["hash"] = event.hash_hex
    return row


def _without_formula(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
