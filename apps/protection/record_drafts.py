"""From notes to the rows of records: one row for each challenge, with texts and numbers that any table takes."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from apps.api_keys.networks import network_around
from apps.audit.source import printable
from apps.protection.devices import device_of
from apps.protection.outcomes import Outcome
from apps.protection.record_models import (
    LONGEST_JA4,
    LONGEST_ORIGIN,
    LONGEST_REASON,
    LONGEST_USER_AGENT,
    LONGEST_USER_ID,
    RecordStatus,
)
from apps.protection.record_notes import ActingRule, Answer, Refusal
from apps.protection.visitors import Visitor

LONGEST_SOLVE_MS: Final = 3_600_000  # what a widget claims beyond that is cut to it
LARGEST_ASN: Final = (1 << 32) - 1
_NOBODY: Final = Visitor()
_NOT_OURS: Final = frozenset({Outcome.INVALID, Outcome.NOT_A_SOLUTION})
"""What nobody signed here: whatever nonce it claims, it must not stand in the way of that challenge's record."""

Row = dict[str, Any]


def rows_of(stories: Iterable[Answer | Refusal]) -> dict[UUID, Row]:
    """The rows that a batch makes, by id; several answers about one challenge make one."""
    rows: dict[UUID, Row] = {}
    for story in stories:
        row = _answered(story) if isinstance(story, Answer) else _refused(story)
        before = rows.get(row["id"])
        rows[row["id"]] = _joined(before, row) if before else row
    return rows


def kept_address(address: str) -> str:
    """The address as far as `RECORD_IP` lets it be kept: whole, its /24 or /48, or not at all."""
    if settings.RECORD_IP == "none":
        return ""
    return address if settings.RECORD_IP == "full" else network_around(address)


def _answered(answer: Answer) -> Row:
    verification = answer.verification
    outcome = verification.outcome
    status = RecordStatus.REFUSED
    if outcome.passes:
        status = RecordStatus.ACCEPTED
    elif outcome is Outcome.BLOCKED:
        status = RecordStatus.BLOCKED
    return _about(verification.visitor or _NOBODY) | {
        "id": _id_of(answer),
        "account": answer.account_id,
        "site": answer.site_id,
        "recorded_at": _to_the_millisecond(answer.moment),
        "issued_at": verification.issued_at,
        "answered_at": answer.moment,
        "status": status.value,
        "outcome": outcome.value,
        "reason": "",
        "accepted": int(outcome.passes),
        "refused": int(not outcome.passes),
        "solutions": int(answer.is_solved),
        "solve_ms": _believable(verification.solve_ms, verification.issued_at, answer.moment),
        "level": min(max(verification.level, 0), 255),
        "origin": _plain(verification.origin, LONGEST_ORIGIN),
        **_rule(answer.hit, verification.rule),
    }


def _refused(refusal: Refusal) -> Row:
    return _about(refusal.visitor) | {
        "id": refusal.id,
        "account": refusal.account_id,
        "site": refusal.site_id,
        "recorded_at": _to_the_millisecond(refusal.moment),
        "issued_at": None,
        "answered_at": None,
        "status": RecordStatus.BLOCKED.value,
        "outcome": Outcome.BLOCKED.value,
        "reason": _plain(refusal.reason, LONGEST_REASON),
        "accepted": 0,
        "refused": refusal.times,
        "solutions": 0,
        "solve_ms": None,
        "level": 0,
        "origin": _plain(refusal.origin, LONGEST_ORIGIN),
        **_rule(refusal.hit, ""),
    }


def _id_of(answer: Answer) -> UUID:
    """The challenge's nonce, where it is one of the site that asks; else an id that nothing else has."""
    nonce = answer.verification.nonce
    if nonce is None or answer.verification.outcome in _NOT_OURS:
        return uuid.uuid4()
    if answer.verification.outcome is Outcome.WRONG_SITE:
        return uuid.uuid5(nonce, str(answer.site_id))  # the site that it belongs to may still accept it
    return nonce


def _joined(before: Row, after: Row) -> Row:
    """Two answers about one challenge: the first acceptance stays, else the last refusal."""
    told = before if before["accepted"] else after
    sums = {name: before[name] + after[name] for name in ("accepted", "refused", "solutions")}
    first_solution = before if before["solutions"] else after
    return (
        told
        | sums
        | {
            "recorded_at": min(before["recorded_at"], after["recorded_at"]),
            "answered_at": max(before["answered_at"], after["answered_at"]),
            "solve_ms": first_solution["solve_ms"],
        }
    )


def _about(visitor: Visitor) -> Row:
    user_agent = _plain(visitor.user_agent, LONGEST_USER_AGENT)
    country = visitor.country
    return {
        "address": _plain(kept_address(visitor.address), 45),
        "user_agent": user_agent,
        "device": device_of(user_agent).value,
        "country": country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        "asn": min(max(visitor.asn, 0), LARGEST_ASN),
        "ja4": _plain(visitor.ja4, LONGEST_JA4),
        "user_id": _plain(visitor.user_id, LONGEST_USER_ID),
    }


def _rule(hit: ActingRule | None, handle: str) -> Row:
    if hit is None:
        return {"rule_handle": _plain(handle, 64), "rule_type": "", "rule": {}}
    return {"rule_handle": _plain(hit.handle, 64), "rule_type": str(hit.type)[:8], "rule": hit.snapshot}


def _believable(claimed: int | None, issued_at: datetime | None, moment: datetime) -> int | None:
    """What the widget claims, but no more than the time that went by, and never less than nothing."""
    if claimed is None or issued_at is None:
        return None
    passed = int((moment - issued_at).total_seconds() * 1000)
    return max(0, min(claimed, passed, LONGEST_SOLVE_MS))


def _to_the_millisecond(moment: datetime) -> datetime:
    """As exact as a contract tells it, so that a page can begin after the last record of the one before."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _plain(text: str, longest: int) -> str:
    """A text that every database takes: without control characters, NUL and halves of characters; cut."""
    cut = text[:longest]
    return cut if cut.isprintable() else printable(cut)
