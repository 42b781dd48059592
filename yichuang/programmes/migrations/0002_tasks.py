from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programmes", "0001_events")]

    operations = []
