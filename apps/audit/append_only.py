"""The database itself refuses to change or remove an event, or a row of another table that is only ever added to.

Whoever owns the database can drop these triggers; then the hash chain tells. A migration that alters such a
table on SQLite rebuilds it and loses the triggers, so such a migration ends with `install`.
"""

from dataclasses import dataclass
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table whose rows are only ever added.

    Attributes:
        table: its name in the database.
        rows: what its rows are called in the refusal.
        keys: the columns of each of its unique keys.
    """

    table: str
    rows: str
    keys: tuple[tuple[str, ...], ...]


EVENTS: Final = Guarded("audit_auditevent", "audit events", (("id",), ("account_id", "sequence")))


def install(connection: BaseDatabaseWrapper, guarded: Guarded = EVENTS) -> None:
    """Create the triggers; those that exist are made anew."""
    remove(connection, guarded)
    with connection.cursor() as cursor:
        for statement in (_on_sqlite if connection.vendor == "sqlite" else _on_postgresql)(guarded):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, guarded: Guarded = EVENTS) -> None:
    """Drop the triggers. Only a migration of the table, and a test's clean-up, does this."""
    table = guarded.table
    suffix = "" if connection.vendor == "sqlite" else f" ON {table}"
    with connection.cursor() as cursor:
        for name in ("no_update", "no_delete", "no_replace", "no_truncate"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{suffix}")


def _on_sqlite(guarded: Guarded) -> list[str]:
    table, refusal = guarded.table, f"BEGIN SELECT RAISE(ABORT, '{guarded.rows} are append only'); END"
    taken = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(f'{column} = NEW.{column}' for column in key)})"  # noqa: S608  (constants)
        for key in guarded.keys
    )
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}",
        # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} {refusal}",
    ]


def _on_postgresql(guarded: Guarded) -> list[str]:
    table = guarded.table
    return [
        f"""CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{guarded.rows} are append only'; END $$""",
        f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
        f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
    ]
