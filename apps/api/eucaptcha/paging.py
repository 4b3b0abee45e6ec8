"""Pages of 30, with links to the others."""

from collections.abc import Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from msgspec import UNSET, UnsetType

from apps.api.eucaptcha.schemas import View

PAGE_SIZE: Final = 30
T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Page(NamedTuple, Generic[T]):
    """One page of a collection.

    Attributes:
        rows: what is on it; nothing behind the last.
        total: how many there are on all pages.
        view: its place among the others; not set where there is only one.
    """

    rows: list[T]
    total: int
    view: View | UnsetType


def page_of_rows(rows: QuerySet[M], number: int, iri: str) -> Page[M]:
    """One page of what a query finds, in its order.

    Args:
        rows: the query.
        number: which page, from 1.
        iri: the collection's address.
    """
    total = rows.count()
    start = (number - 1) * PAGE_SIZE
    found = list(rows[start : start + PAGE_SIZE]) if start < total else []
    return Page(found, total, _view(iri, {}, number, total))


def page_of_list(rows: Sequence[T], number: int, iri: str, **query: Any) -> Page[T]:
    """One page of a list; `query` stands in the links too."""
    start = (number - 1) * PAGE_SIZE
    return Page(list(rows[start : start + PAGE_SIZE]), len(rows), _view(iri, query, number, len(rows)))


def _view(iri: str, query: dict[str, Any], number: int, total: int) -> View | UnsetType:
    last = -(-total // PAGE_SIZE)
    if last < 2:
        return UNSET

    def link(page: int) -> str:
        return f"{iri}?{urlencode({**query, 'page': page})}"

    return View(
        iri=link(number),
        first=link(1),
        last=link(last),
        previous=link(min(number - 1, last)) if number > 1 else UNSET,
        next=link(number + 1) if number < last else UNSET,
    )
