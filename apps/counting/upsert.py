"""Inserting rows, and settling with those that are there already, in one statement.

The statements are SQL because Django's own cannot add to what is there. SQLite and PostgreSQL read them alike;
what differs is how a value is written, which each field knows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from django.db import connection, models

ROWS_IN_A_STATEMENT: Final = 500
MOST_VALUES_IN_A_STATEMENT: Final = 15_000  # SQLite takes 32,766, PostgreSQL twice as many
LEFT_ALONE: Final = "DO NOTHING"


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    unique: Sequence[str],
    conflict: str,
    shared: Mapping[str, Any] | None = None,
) -> int:
    """Insert rows, and settle with those that are there already.

    Args:
        model: whose rows.
        names: the fields, in the order of the values.
        rows: the values.
        unique: the fields by which a row is the same.
        conflict: what then happens to it; `{table}` stands for the model's.
        shared: other fields, with the value that all rows have in common.

    Returns:
        How many rows were inserted or changed.
    """
    written = 0
    with connection.cursor() as cursor:
        prepared = _statements(model, names, rows, unique=unique, conflict=conflict, shared=shared or {})
        for statement, values in prepared:
            cursor.execute(statement, values)
            written += cursor.rowcount
    return written


def insert_returning(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    unique: Sequence[str],
    conflict: str,
    returning: Sequence[str],
) -> list[tuple[Any, ...]]:
    """The same as `insert`, and what the rows that were inserted or changed hold now in the fields `returning`."""
    fields = _fields(model, returning)
    columns = ", ".join(_quoted(column) for column in fields)
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for statement, values in _statements(model, names, rows, unique=unique, conflict=conflict, shared={}):
            cursor.execute(f"{statement} RETURNING {columns}", values)
            found += cursor.fetchall()
    return [tuple(column.to_python(value) for column, value in zip(fields, row, strict=True)) for row in found]


def _statements(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    unique: Sequence[str],
    conflict: str,
    shared: Mapping[str, Any],
) -> Iterator[tuple[str, list[Any]]]:
    fields = _fields(model, names)
    all_names = [*names, *shared]
    columns = {name: _quoted(column) for name, column in zip(all_names, _fields(model, all_names), strict=True)}
    in_common = list(_prepared(_fields(model, [*shared]), [*shared.values()]))
    table = connection.ops.quote_name(model._meta.db_table)
    one_row = f"({', '.join(['%s'] * len(columns))})"
    in_a_statement = min(ROWS_IN_A_STATEMENT, MOST_VALUES_IN_A_STATEMENT // len(columns))
    left = iter(rows)
    while some := list(islice(left, in_a_statement)):
        statement = (
            f"INSERT INTO {table} ({', '.join(columns.values())}) VALUES {', '.join([one_row] * len(some))}"  # noqa: S608
            f" ON CONFLICT ({', '.join(columns[name] for name in unique)}) {conflict.format(table=table)}"
        )
        yield statement, [value for row in some for value in (*_prepared(fields, row), *in_common)]


def _fields(model: type[models.Model], names: Sequence[str]) -> list[models.Field[Any, Any]]:
    return [model._meta.get_field(name) for name in names]  # type: ignore[misc]


def _quoted(field: models.Field[Any, Any]) -> str:
    return connection.ops.quote_name(str(field.column))


def _prepared(fields: Sequence[models.Field[Any, Any]], row: Sequence[Any]) -> Iterator[Any]:
    return (column.get_db_prep_save(value, connection) for column, value in zip(fields, row, strict=True))
