"""Open work comes and goes in days: cleaned at a fiftieth dead. Items are many: enough of them stand in the statistics."""

from django.db import migrations

from yichuang.kernel.online import Gently

BUSY = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05"
BUSY_NAMES = "autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0009_lists")]

    operations = [
        Gently(
            (
                f"alter table cases_work set ({BUSY})",
                "alter table cases_case alter column item_id set statistics 500",
            ),
            (
                f"alter table cases_work reset ({BUSY_NAMES})",
                "alter table cases_case alter column item_id set statistics -1",
            ),
        )
    ]
