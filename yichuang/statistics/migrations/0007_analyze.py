"""The cells of figures change with every seal and their statistics do not: taken seldom, as in the journal's migration of this name."""

from django.db import migrations

from yichuang.kernel.online import Gently

STEADY = "autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000"
NAMES = "autovacuum_analyze_scale_factor, autovacuum_analyze_threshold"
TABLES = (
    "statistics_daily", "statistics_dailydays", "statistics_dailywindow", "statistics_rollup", "statistics_rollupdays",
)  # fmt: skip


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("statistics", "0006_histogram")]

    operations = [
        Gently(
            tuple(f"alter table {table} set ({STEADY})" for table in TABLES),
            tuple(f"alter table {table} reset ({NAMES})" for table in TABLES),
        )
    ]
