from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("statistics", "0001_initial")]

    operations = []
