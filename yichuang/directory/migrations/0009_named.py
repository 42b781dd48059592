"""Applicants by their names: whoever types the beginning of one that thousands bear sees the first of them without all being gathered.

By a hundred characters of them: an index takes no longer entry than a third of a page, and nobody has bounded a name.
"""

from django.db import migrations, models
from django.db.models.functions import Left

from yichuang.kernel.online import IndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("directory", "0008_exchange_report")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                IndexOnline("applicant_named", "directory_applicant", "(left(name, 100), id)")
            ],
            state_operations=[
                migrations.AddIndex(
                    "applicant", models.Index(Left("name", 100), "id", name="applicant_named")
                )
            ],
        )
    ]
