"""Applicants by their names: whoever types the beginning of one that thousands bear sees the first of them without all being gathered."""

from django.db import migrations, models

from yichuang.kernel.online import IndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("directory", "0008_exchange_report")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[IndexOnline("applicant_named", "directory_applicant", "(name, id)")],
            state_operations=[
                migrations.AddIndex("applicant", models.Index(fields=["name", "id"], name="applicant_named"))
            ],
        )
    ]
