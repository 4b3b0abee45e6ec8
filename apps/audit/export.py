"""The log as a file, streamed: a row is written while the next is read."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from apps.audit.models import AuditEvent
from apps.listing import csv_lines as table

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


def csv_lines(events: Iterable[AuditEvent]) -> Iterator[str]:
    """The events as CSV with a heading; nothing in it is computed by a spreadsheet."""
    return table.csv_lines(COLUMNS, (_cells(event) for event in events))


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


def _cells(event: AuditEvent) -> list[Any]:
    row = _row(event)
    row["changes"] = msgspec.json.encode(row["changes"]).decode()
    return [row[column] for column in COLUMNS]
