from django.db import migrations, models


class Migration(migrations.Migration):
    """How far a file reaches, so that it is handed out only to whoever still sees as much. A constant default: no rewrite."""

    dependencies = [("exports", "0001_exports")]

    operations = [
        migrations.AddField("export", "reach", models.TextField(blank=True, default="")),
    ]
