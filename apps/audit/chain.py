"""The hash chain: each event's hash covers its content and the hash of the event before it.

Per account, numbered from 1 without gaps. Editing, deleting, inserting or reordering an event breaks the
chain at that event, and `verify_chain` names it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Final
from uuid import UUID

import msgspec

from apps.audit.models import AuditChain, AuditEvent

GENESIS: Final = bytes(32)
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification found: how many events it read, and the first that is wrong, if any."""

    events: int
    broken_at: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        """Whether every event stands as it was written."""
        return self.broken_at is None


def link_hash(event: AuditEvent) -> bytes:
    """SHA-256 (32 bytes) over the event's content and `previous_hash`, in one canonical encoding."""
    content = [
        1,  # version of this encoding
        str(event.account_id),
        event.sequence,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.action,
        event.outcome,
        event.reason,
        event.actor_kind,
        event.actor_id,
        event.actor_label,
        event.target_kind,
        event.target_id,
        event.target_label,
        event.surface,
        event.ip,
        event.user_agent,
        event.request_id,
        event.changes,
        bytes(event.previous_hash).hex(),
    ]
    return hashlib.sha256(_encoder.encode(content)).digest()


def verify_chain(account_id: UUID) -> ChainReport:
    """Read the account's whole log and check every link, the numbering, and the head.

    Args:
        account_id: whose log.
    """
    events = AuditEvent.objects.filter(account_id=account_id).order_by("sequence").iterator(chunk_size=2000)
    report, head = _verify_links(events)
    if not report.is_intact:
        return report
    chain = AuditChain.objects.filter(account_id=account_id).first()
    length, expected = (chain.length, bytes(chain.head)) if chain else (0, GENESIS)
    if length != report.events:
        missing = min(length, report.events) + 1
        return ChainReport(report.events, missing, f"The log should have {length} events and has {report.events}.")
    if expected != head:
        reason = f"Event {length} is not the one that the log ended with: the end of the log was written again."
        return ChainReport(report.events, max(length, 1), reason)
    return report


def _verify_links(events: Iterable[AuditEvent]) -> tuple[ChainReport, bytes]:
    previous, count = GENESIS, 0
    for count, event in enumerate(events, start=1):
        if event.sequence != count:
            return ChainReport(count, count, f"Event {count} is missing."), previous
        if bytes(event.previous_hash) != previous:
            return ChainReport(count, count, f"Event {count} does not follow the one before it."), previous
        if bytes(event.hash) != link_hash(event):
            return ChainReport(count, count, f"Event {count} is not as it was written."), previous
        previous = bytes(event.hash)
    return ChainReport(count), previous
