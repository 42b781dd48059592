from django.db import migrations, models


class Migration(migrations.Migration):
    """How many pieces a fact counts in figures."""

    dependencies = [("journal", "0002_tables")]

    operations = [
        migrations.AddField("fresh", "quantity", models.IntegerField(default=1, db_default=1)),
    ]
