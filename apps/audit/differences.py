"""An event's changes as a reader wants them: field by field, what went and what came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Word = str | datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one field.

    Attributes:
        field: its name as it was recorded.
        before: its value, or the members of its list, before; empty where there was none.
        after: the same after.
    """

    field: str
    before: list[Word]
    after: list[Word]

    @property
    def label(self) -> str:
        """The field's name for a reader: `is_active` becomes `active`. A person's address stays as it is."""
        if "@" in self.field:
            return self.field
        return self.field.removeprefix("is_").removesuffix("_at").replace("_", " ")

    @property
    def removed(self) -> list[Word]:
        """What was there and is no longer."""
        return [word for word in self.before if word not in self.after]

    @property
    def added(self) -> list[Word]:
        """What is there and was not."""
        return [word for word in self.after if word not in self.before]


def differences_of(changes: Mapping[str, Iterable[Any]]) -> list[Difference]:
    """The changes of an event, in the order in which they were recorded."""
    return [Difference(field, *map(_words, pair)) for field, pair in changes.items()]


def _words(value: Any) -> list[Word]:
    if isinstance(value, list):
        return [word for part in value for word in _words(part)]
    if value is None or value == "":
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [_time(value) or value] if isinstance(value, str) else [str(value)]


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text[10:11] == "T" else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None
