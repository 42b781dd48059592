"""Indexes of what still keeps its words: what grows old or is destroyed is found without reading all that ever came."""

from django.db import migrations, models

from yichuang.kernel.online import IndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0004_kept_reports")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                IndexOnline("exchange_line_kept", "exchange_line", "(source_number) where raw <> ''"),
                IndexOnline(
                    "quarantine_kept",
                    "exchange_quarantine",
                    "(done_at) where raw <> '' and done_at is not null",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    "line",
                    models.Index(
                        fields=["source_number"],
                        condition=models.Q(("raw", ""), _negated=True),
                        name="exchange_line_kept",
                    ),
                ),
                migrations.AddIndex(
                    "quarantine",
                    models.Index(
                        fields=["done_at"],
                        condition=models.Q(models.Q(("raw", ""), _negated=True), ("done_at__isnull", False)),
                        name="quarantine_kept",
                    ),
                ),
            ],
        ),
    ]
