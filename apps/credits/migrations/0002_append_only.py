"""The database refuses to change or remove an entry of the ledger."""

from django.db import migrations

from apps.audit import append_only
from apps.credits.append_only import LEDGER


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: append_only.install(schema_editor.connection, LEDGER),
            lambda _apps, schema_editor: append_only.remove(schema_editor.connection, LEDGER),
        )
    ]
