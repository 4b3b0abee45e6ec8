from django.db import migrations, models

import apps.audit.clock


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0004_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="queued_at",
            field=models.DateTimeField(default=apps.audit.clock.now),
        ),
    ]
