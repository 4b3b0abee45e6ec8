import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import apps.audit.clock


def move_digests(registry: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Give every key a token of its own, with the digest that stood on the key."""
    keys = registry.get_model("api_keys", "ApiKey").objects.all()
    tokens = registry.get_model("api_keys", "ApiKeyToken").objects
    tokens.bulk_create(
        (
            tokens.model(
                key_id=key.pk,
                digest=key.digest,
                pepper=key.pepper,
                last_four=key.last_four,
                created_at=key.created_at,
                last_used_at=key.last_used_at,
            )
            for key in keys.iterator()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("api_keys", "0001_initial"),
        ("permissions", "0003_reached_site"),
        ("sites", "0002_settings_and_secrets"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKeyToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("pepper", models.PositiveSmallIntegerField()),
                ("last_four", models.CharField(max_length=4)),
                ("created_at", models.DateTimeField(default=apps.audit.clock.now)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="api_keys.apikey"
                    ),
                ),
            ],
        ),
        migrations.RunPython(move_digests),
    ]
