"""When somebody last handed a secret in as leaked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sites", "0002_settings_and_secrets")]

    operations = [
        migrations.AddField(
            model_name="sitesecret", name="reported_at", field=models.DateTimeField(blank=True, null=True)
        ),
    ]
