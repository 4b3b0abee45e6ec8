"""The database itself refuses to change or remove an event.

Whoever owns the database can drop these triggers; then the hash chain tells. A migration that alters the
event table on SQLite rebuilds it and loses the triggers, so such a migration ends with `install`.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_auditevent"

_SQLITE = [
    f"""CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'audit events are append only'); END""",
    f"""CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'audit events are append only'); END""",
    # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
    f"""CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE}
        WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
          OR EXISTS (SELECT 1 FROM {TABLE} WHERE account_id = NEW.account_id AND sequence = NEW.sequence)
        BEGIN SELECT RAISE(ABORT, 'audit events are append only'); END""",  # noqa: S608  (a constant)
]
_POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit events are append only'; END $$""",
    f"""CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()""",
    f"""CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()""",
]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers; those that exist are made anew."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers. Only a migration of the event table, and a test's clean-up, does this."""
    suffix = "" if connection.vendor == "sqlite" else f" ON {TABLE}"
    with connection.cursor() as cursor:
        for name in ("no_update", "no_delete", "no_replace", "no_truncate"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{suffix}")
