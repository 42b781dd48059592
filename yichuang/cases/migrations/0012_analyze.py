"""Statistics of growing tables are taken when a fifth is new, as in the journal's migration of this name."""

from django.db import migrations

from yichuang.kernel.online import Gently

GROWING = "autovacuum_analyze_scale_factor = 0.2"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0011_open_of_applicant")]

    operations = [
        Gently(
            (f"alter table cases_work set ({GROWING})", f"alter table cases_number set ({GROWING})"),
            (
                "alter table cases_work set (autovacuum_analyze_scale_factor = 0.05)",
                "alter table cases_number reset (autovacuum_analyze_scale_factor)",
            ),
        )
    ]
