from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_lets_shares_wait"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="requires_second_factor",
            field=models.BooleanField(default=False),
        ),
    ]
