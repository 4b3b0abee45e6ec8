"""Keyset pages: a page begins after a row, not at a number, so that depth costs nothing and nothing is skipped."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Lower

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows.

    Attributes:
        expression: what is compared; the id breaks ties.
        descending: the largest first.
        value_type: the type of the compared value: `str`, `int` or `datetime`.
    """

    expression: models.expressions.Combinable
    descending: bool
    value_type: type


BY_NAME: Final = Order(Lower("name"), descending=False, value_type=str)
NEWEST_FIRST: Final = Order(models.F("created_at"), descending=True, value_type=datetime)
LAST_CHANGED_FIRST: Final = Order(models.F("updated_at"), descending=True, value_type=datetime)
LAST_DELETED_FIRST: Final = Order(models.F("deleted_at"), descending=True, value_type=datetime)
LAST_IN_CHAIN_FIRST: Final = Order(models.F("sequence"), descending=True, value_type=int)


_LONG_AGO: Final = models.Value(datetime(1970, 1, 1, tzinfo=UTC), models.DateTimeField())
_NEVER: Final = models.Value(datetime(9999, 1, 1, tzinfo=UTC), models.DateTimeField())
LAST_USED_FIRST: Final = Order(Coalesce("last_used_at", _LONG_AGO), descending=True, value_type=datetime)
"""What was never used comes last."""
FIRST_TO_EXPIRE: Final = Order(Coalesce("expires_at", _NEVER), descending=False, value_type=datetime)
"""What never expires comes last."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, and the cursors of the pages around them (`None` where there is none)."""

    rows: list[M]
    previous_cursor: str | None
    next_cursor: str | None


def page_of(rows: models.QuerySet[M], order: Order, *, cursor: str, size: int) -> Page[M]:
    """One page of `rows`, in one query.

    Args:
        rows: what to page through.
        order: in which order.
        cursor: a cursor of an earlier page; empty, or one that cannot be read, is the first page.
        size: how many rows a page has.
    """
    position = _read_cursor(cursor, order, rows.model)
    backwards = position is not None and position[0]
    descending = order.descending != backwards
    found = rows.annotate(sort_value=order.expression)
    if position:
        found = found.filter(_beyond(position[1], position[2], descending=descending))
    sign = "-" if descending else ""
    fetched = list(found.order_by(f"{sign}sort_value", f"{sign}pk")[: size + 1])
    has_more = len(fetched) > size
    fetched = fetched[:size]
    if backwards:
        fetched.reverse()
    has_previous, has_next = (has_more, True) if backwards else (position is not None, has_more)
    return Page(
        fetched,
        _write_cursor(fetched[0], backwards=True) if fetched and has_previous else None,
        _write_cursor(fetched[-1], backwards=False) if fetched and has_next else None,
    )


def _beyond(value: Any, pk: Any, *, descending: bool) -> models.Q:
    side = "lt" if descending else "gt"
    reached = models.Q(**{f"sort_value__{side}e": value})  # by itself redundant, but an index can begin there
    return reached & (models.Q(**{f"sort_value__{side}": value}) | models.Q(**{f"pk__{side}": pk}))


def _write_cursor(row: models.Model, *, backwards: bool) -> str:
    value = getattr(row, "sort_value")  # noqa: B009  (annotated, so unknown to the model's type)
    content = msgspec.json.encode([backwards, value, str(row.pk)])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def _read_cursor(cursor: str, order: Order, model: type[M]) -> tuple[bool, Any, Any] | None:
    if not cursor:
        return None
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        backwards, raw, key = msgspec.json.decode(content, type=tuple[bool, Any, str])
        value: Any = msgspec.convert(raw, order.value_type)
        if isinstance(value, datetime):
            value = _in_utc(value)
        pk = model._meta.pk.to_python(key)
    except (binascii.Error, UnicodeError, ValueError, OverflowError, ValidationError, msgspec.DecodeError):
        return None
    numbers = [number for number in (value, pk) if isinstance(number, int)]
    if any(abs(number) >= 1 << 62 for number in numbers) or "\0" in str(value):
        return None
    return backwards, value, pk


def _in_utc(moment: datetime) -> datetime:
    """The moment as the database compares it.

    Raises:
        ValueError: for a time without its zone.
        OverflowError: when it lies outside the calendar in UTC.
    """
    if moment.tzinfo is None:
        raise ValueError("A time without its zone.")
    return moment.astimezone(UTC)
