"""A batch keeps how its rows conform to a national table, and why it was laid aside."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_destroyed")]

    operations = [
        migrations.AddField("batch", "trouble", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField("batch", "conformance", models.JSONField(null=True)),
    ]
