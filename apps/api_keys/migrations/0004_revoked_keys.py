"""When a key was revoked because somebody handed it in as leaked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api_keys", "0003_reach_networks_and_states")]

    operations = [
        migrations.AddField(model_name="apikey", name="revoked_at", field=models.DateTimeField(blank=True, null=True)),
    ]
