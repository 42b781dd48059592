from django.db import migrations


class Migration(migrations.Migration):
    """Nothing: the views of schema `exam` look into every room and stand in the highest (effects, 0002_exam)."""

    dependencies = [("cases", "0005_clock")]

    operations: list[migrations.operations.base.Operation] = []
