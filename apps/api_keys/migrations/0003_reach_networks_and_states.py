from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api_keys", "0002_tokens")]

    operations = [
        migrations.RemoveField(model_name="apikey", name="digest"),
        migrations.RemoveField(model_name="apikey", name="pepper"),
        migrations.AddField(
            model_name="apikey",
            name="sites",
            field=models.ManyToManyField(related_name="+", through="permissions.ReachedSite", to="sites.site"),
        ),
        migrations.AddField(model_name="apikey", name="reaches_all_sites", field=models.BooleanField(default=True)),
        migrations.AddField(model_name="apikey", name="networks", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="apikey",
            name="warned_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="apikey", name="last_refused_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(model_name="apikey", name="disabled_at", field=models.DateTimeField(blank=True, null=True)),
    ]
