"""Empties the database after a test that has committed: only the tables with rows, and past every trigger.

Django's own flush empties all tables and then announces a migration, after which permissions and content types are made
again. That takes longer than most of these tests do.
"""

from functools import cache
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

from apps.audit import append_only
from apps.credits.append_only import LEDGER

GUARDED = (append_only.EVENTS, LEDGER)
KEPT = frozenset({"django_content_type", "auth_permission"})
"""What migrations have filled, and no test changes."""


def install() -> None:
    """Let every test that commits end with this."""

    def empty_all(_: TransactionTestCase) -> None:
        for connection in connections.all():
            empty(connection)

    test_case_class: Any = TransactionTestCase  # the flush is not in its public interface
    test_case_class._fixture_teardown = empty_all


def empty(connection: BaseDatabaseWrapper) -> None:
    """Remove all rows that tests have made, also from the audit log and the ledger, which nobody else may."""
    (_empty_postgresql if connection.vendor == "postgresql" else _empty_sqlite)(connection, filled(connection))


def filled(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables that have rows."""
    with connection.cursor() as cursor:
        cursor.execute(_question(connection))
        return [table for (table,) in cursor.fetchall()]


@cache
def _question(connection: BaseDatabaseWrapper) -> str:
    tables = {*connection.introspection.django_table_names(only_existing=True, include_views=False)} - KEPT
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in sorted(tables)
    )


def _delete(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def _empty_postgresql(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    with transaction.atomic(connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = 'replica'")  # neither triggers nor foreign keys
        _delete(connection, tables)


def _empty_sqlite(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    guarded = [one for one in GUARDED if one.table in tables]
    for one in guarded:
        append_only.remove(connection, one)
    try:
        with connection.constraint_checks_disabled(), transaction.atomic(connection.alias):
            _delete(connection, tables)
    finally:
        for one in guarded:
            append_only.install(connection, one)
