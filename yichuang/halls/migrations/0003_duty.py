from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("halls", "0002_rounds")]

    operations = []
