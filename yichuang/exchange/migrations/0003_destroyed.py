"""By which order the content of a reported case was destroyed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_webhooks")]

    operations = [
        migrations.CreateModel(
            name="Destroyed",
            fields=[
                ("case_id", models.UUIDField(primary_key=True, serialize=False)),
                ("ground", models.TextField()),
                ("reason", models.TextField()),
                ("salt", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
            options={
                "db_table": "exchange_destroyed",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="destroyed_by_an_order"
                    )
                ],
            },
        ),
    ]
