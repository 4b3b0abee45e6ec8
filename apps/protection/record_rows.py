"""Records as pages and files list them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models

from apps.listing.keyset import Order
from apps.protection.conditions import Field
from apps.protection.countries import shown_value
from apps.protection.outcome_words import Words, words_for
from apps.protection.record_models import CaptchaRecord, RecordStatus

LAST_RECORDED_FIRST: Final = Order(models.F("recorded_at"), descending=True, value_type=datetime)
COLUMNS: Final[Mapping[str, Callable[[CaptchaRecord], Any]]] = {
    "id": lambda record: record.pk,
    "recorded_at": lambda record: _iso(record.recorded_at),
    "site": lambda record: record.site.name,
    "site_key": lambda record: record.site.site_key,
    "status": lambda record: record.status,
    "outcome": lambda record: record.outcome,
    "reason": lambda record: record.reason,
    "accepted": lambda record: record.accepted,
    "refused": lambda record: record.refused,
    "issued_at": lambda record: _iso(record.issued_at),
    "answered_at": lambda record: _iso(record.answered_at),
    "solve_ms": lambda record: "" if record.solve_ms is None else record.solve_ms,
    "level": lambda record: record.level,
    "address": lambda record: record.address,
    "country": lambda record: record.country,
    "asn": lambda record: record.asn or "",
    "device": lambda record: record.device,
    "user_agent": lambda record: record.user_agent,
    "user_id": lambda record: record.user_id,
    "ja4": lambda record: record.ja4,
    "origin": lambda record: record.origin,
    "rule": lambda record: record.rule_handle,
    "rule_type": lambda record: record.rule_type,
}
"""What a file of records holds."""
_A_TENTH: Final = 100  # milliseconds
_TONES: Final = {RecordStatus.ACCEPTED: "ok", RecordStatus.REFUSED: "warn", RecordStatus.BLOCKED: "bad"}
_ICONS: Final = {
    RecordStatus.ACCEPTED: "circle-check",
    RecordStatus.REFUSED: "circle-alert",
    RecordStatus.BLOCKED: "ban",
}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record with the words and colours of its outcome."""

    record: CaptchaRecord

    @property
    def words(self) -> Words:
        """What came of it."""
        return words_for(self.record.outcome)

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return _TONES[RecordStatus(self.record.status)]

    @property
    def icon(self) -> str:
        """The icon in its badge."""
        return _ICONS[RecordStatus(self.record.status)]

    @property
    def solve_seconds(self) -> str:
        """How long the widget says that it took."""
        if self.record.solve_ms is None:
            return ""
        return (
            f"{self.record.solve_ms / 1000:.1f} s" if self.record.solve_ms >= _A_TENTH else f"{self.record.solve_ms} ms"
        )

    @property
    def attempts(self) -> int:
        """How often a verification, or of a visitor who got none a challenge, was asked for."""
        return self.record.accepted + self.record.refused

    @property
    def rule_conditions(self) -> list[tuple[str, str]]:
        """What had to hold for the rule that acted: label and value."""
        return [
            _shown(str(condition.get("field", "")), str(condition.get("value", "")))
            for condition in self.record.rule.get("conditions") or []
        ]

    @property
    def rule_in_words(self) -> str:
        """The rule that acted, by its description or its conditions; empty where none did."""
        if not self.record.rule_handle:
            return ""
        said = " and ".join(f"{label} {value}" for label, value in self.rule_conditions)
        return str(self.record.rule.get("description") or said or self.record.rule_handle)


def cells_of(record: CaptchaRecord) -> list[Any]:
    """One line of the file."""
    return [cell_of(record) for cell_of in COLUMNS.values()]


def _shown(name: str, value: str) -> tuple[str, str]:
    """A condition for a reader; of a field that a later version knows, as it is."""
    return (Field(name).label, shown_value(Field(name), value)) if name in list(Field) else (name, value)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment else ""
