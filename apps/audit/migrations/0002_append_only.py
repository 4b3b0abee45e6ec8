"""The database refuses to change or remove an event."""

from django.db import migrations

from apps.audit import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda _apps, schema_editor: append_only.install(schema_editor.connection),
            lambda _apps, schema_editor: append_only.remove(schema_editor.connection),
        )
    ]
