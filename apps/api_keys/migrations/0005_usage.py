import django.db.models.deletion
from django.db import migrations, models

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
OUTCOMES = [
    ("done", "Done"),
    ("refused", "Refused"),
    ("invalid", "Invalid"),
    ("limited", "Limited"),
    ("failed", "Failed"),
]


def of_a_key(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        to="api_keys.apikey",
    )


class Migration(migrations.Migration):
    dependencies = [("api_keys", "0004_revoked_keys")]

    operations = [
        migrations.CreateModel(
            name="KeyUsage",
            fields=[
                ("id", ID.clone()),
                ("hour", models.DateTimeField(db_index=True)),
                ("operation", models.CharField(max_length=80)),
                ("outcome", models.CharField(choices=OUTCOMES, max_length=8)),
                ("reason", models.CharField(max_length=80)),
                ("count", models.PositiveBigIntegerField()),
                ("key", of_a_key("usage")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "hour", "operation", "outcome", "reason"), name="api_key_usage_cell"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="KeyNetwork",
            fields=[
                ("id", ID.clone()),
                ("network", models.CharField(max_length=43)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField(db_index=True)),
                ("last_address", models.CharField(max_length=45)),
                ("key", of_a_key("seen_networks")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("key", "network"), name="api_key_network")]},
        ),
    ]
