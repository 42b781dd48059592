"""The histogram of days used with thirty-two numbers of days in a row, so that a period has as many rows whatever the volume."""

import django.contrib.postgres.fields
from django.db import migrations, models

# A few rows a department and day: seconds at a province's years. The worker rests while the platform is brought up to date.
KEEP = """
set local lock_timeout = '5s';
create table statistics_rollupdays_before as select * from statistics_rollupdays;
truncate statistics_rollupdays;
"""
FILL = """
insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_from, counts, limited, limit_days)
select span, first_day, department_id, item_type, subject_kind, days_from,
       (select array_agg(coalesce(b.count, 0) order by n)
        from generate_series(0, 31) n left join statistics_rollupdays_before b
             on (b.span, b.first_day, b.department_id, b.item_type, b.subject_kind, b.days_used)
                = (r.span, r.first_day, r.department_id, r.item_type, r.subject_kind, r.days_from + n)),
       limited, limit_days
from (select span, first_day, department_id, item_type, subject_kind, days_used / 32 * 32 as days_from, sum(limited) as limited,
             sum(limit_days) as limit_days
      from statistics_rollupdays_before group by 1, 2, 3, 4, 5, 6) r;
drop table statistics_rollupdays_before;
"""
INDEX = "create index on statistics_rollupdays_before (span, first_day, department_id, item_type, subject_kind, days_used)"
CELL = ["span", "first_day", "department_id", "item_type", "subject_kind", "days_from"]


class Migration(migrations.Migration):
    dependencies = [("statistics", "0005_drill_down")]
    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.RunSQL(INDEX, migrations.RunSQL.noop),
        migrations.RemoveConstraint("rollupdays", "rollup_days_cell_once"),
        migrations.RemoveField("rollupdays", "days_used"),
        migrations.RemoveField("rollupdays", "count"),
        migrations.AddField(
            "rollupdays", "days_from", models.IntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "rollupdays",
            "counts",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "rollupdays", models.UniqueConstraint(fields=CELL, name="rollup_days_cell_once")
        ),
        migrations.AddConstraint(
            "rollupdays",
            models.CheckConstraint(condition=models.Q(("counts__len", 32)), name="rollup_days_of_thirty_two"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
