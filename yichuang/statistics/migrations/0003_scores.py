from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("statistics", "0002_window")]

    operations = []
