"""Indexes of what still keeps its words: what grows old or is destroyed is found without reading all that ever came.

And of cases whose content was destroyed, the words that lines kept outside them brought back, with the digests of these.
"""

from django.db import migrations, models

from yichuang.kernel.online import IndexOnline

# In this order: lines are found by what quarantine holds.
FORGET = (
    """
    update exchange_line l set raw = '' from exchange_quarantine q join exchange_destroyed d on d.case_id = q.case_id
    where l.quarantine_id = q.id and l.source_number = q.source_number and l.raw <> ''
    """,
    """
    update exchange_quarantine q set raw = '', digest = md5(gen_random_uuid()::text) from exchange_destroyed d
    where q.case_id = d.case_id and (strpos(q.raw, '"applicant_name"') > 0 or strpos(q.raw, '"special"') > 0)
    """,
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exchange", "0004_kept_reports")]

    operations = [
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in FORGET),
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
