"""Rows of files come by the hundred thousand and their runs change with every block: statistics are taken seldom, as in the journal's
migration of this name.
"""

from django.db import migrations

from yichuang.kernel.online import Gently

ROWS = "autovacuum_analyze_scale_factor = 0.2"
RUNS = f"{ROWS}, autovacuum_analyze_threshold = 20000"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("intake", "0005_bulk")]

    operations = [
        Gently(
            (f"alter table intake_bulkrow set ({ROWS})", f"alter table intake_bulkrun set ({RUNS})"),
            (
                "alter table intake_bulkrow reset (autovacuum_analyze_scale_factor)",
                "alter table intake_bulkrun reset (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)",
            ),
        )
    ]
