from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_corrections")]

    operations = []
