from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_corrections")]

    operations = [
        migrations.AddField("draft", "consultation", models.UUIDField(null=True)),
    ]
