import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("permissions", "0002_waiting_share"),
        ("api_keys", "0001_initial"),
        ("sites", "0002_settings_and_secrets"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReachedSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reached_sites",
                        to="api_keys.apikey",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sites.site"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "site"), name="reached_site_once_a_key")],
            },
        ),
    ]
