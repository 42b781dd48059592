"""Two grains of daily figures, the trace of what came late, recounts and rebuildings."""

from django.db import migrations, models

# The coarse grain of what was counted before: days and months out of the fine grain.
FILL = """
insert into statistics_rollup (span, first_day, department_id, item_type, channel, subject_kind, received, accepted, delivered,
                               refused, withdrawn, terminated, instant, early, on_time, late, unjudged)
select s.span, s.first_day, s.whose, item_type, channel, 'case',
       coalesce(sum(count) filter (where kind = 'case.filed'), 0),
       coalesce(sum(count) filter (where kind = 'case.accepted'), 0),
       coalesce(sum(count) filter (where kind = 'case.delivered'), 0),
       coalesce(sum(count) filter (where kind = 'case.refused'), 0),
       coalesce(sum(count) filter (where kind = 'case.withdrawn'), 0),
       coalesce(sum(count) filter (where kind = 'case.terminated'), 0),
       coalesce(sum(count) filter (where kind = 'case.decided' and promptness = 'instant'), 0),
       coalesce(sum(count) filter (where kind = 'case.decided' and promptness = 'early'), 0),
       coalesce(sum(count) filter (where kind = 'case.decided' and promptness = 'on_time'), 0),
       coalesce(sum(count) filter (where kind = 'case.decided' and promptness = 'late'), 0),
       coalesce(sum(count) filter (where kind = 'case.decided' and promptness not in ('instant', 'early', 'on_time', 'late')), 0)
from statistics_daily
cross join lateral (values ('day', day, department_id), ('month', date_trunc('month', day)::date, department_id),
                               ('all-day', day, '00000000-0000-0000-0000-000000000000'::uuid),
                               ('all-month', date_trunc('month', day)::date, '00000000-0000-0000-0000-000000000000'::uuid))
                       as s(span, first_day, whose)
where kind in ('case.filed', 'case.accepted', 'case.delivered', 'case.refused', 'case.withdrawn', 'case.terminated', 'case.decided')
group by 1, 2, 3, 4, 5;
insert into statistics_rollupdays (span, first_day, department_id, item_type, subject_kind, days_used, count, limited, limit_days)
select s.span, s.first_day, s.whose, item_type, subject_kind, days_used, sum(count), sum(count), sum(count * limit_days)
from statistics_dailydays
cross join lateral (values ('day', day, department_id), ('month', date_trunc('month', day)::date, department_id),
                               ('all-day', day, '00000000-0000-0000-0000-000000000000'::uuid),
                               ('all-month', date_trunc('month', day)::date, '00000000-0000-0000-0000-000000000000'::uuid))
                       as s(span, first_day, whose)
group by 1, 2, 3, 4, 5, 6;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("statistics", "0003_scores"),
    ]

    operations = [
        migrations.CreateModel(
            name="Late",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "drained_on",
                        "kind",
                        "department_id",
                        "item_type",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("drained_on", models.DateField()),
                ("kind", models.TextField()),
                ("department_id", models.UUIDField()),
                ("item_type", models.TextField()),
                ("count", models.BigIntegerField()),
                ("facts", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Rebuild",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("done_until", models.DateField(null=True)),
                ("finished", models.BooleanField(default=False)),
                ("changed", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("days", models.IntegerField()),
                ("cells", models.BigIntegerField()),
                ("differences", models.BigIntegerField()),
                ("days_wrong", models.JSONField(default=list)),
                ("found", models.TextField(blank=True, default="")),
                ("seconds", models.DecimalField(decimal_places=3, max_digits=12)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("span", models.TextField()),
                ("first_day", models.DateField()),
                ("department_id", models.UUIDField()),
                ("item_type", models.TextField()),
                ("channel", models.TextField()),
                ("subject_kind", models.TextField()),
                ("received", models.BigIntegerField(db_default=0, default=0)),
                ("accepted", models.BigIntegerField(db_default=0, default=0)),
                ("delivered", models.BigIntegerField(db_default=0, default=0)),
                ("refused", models.BigIntegerField(db_default=0, default=0)),
                ("withdrawn", models.BigIntegerField(db_default=0, default=0)),
                ("terminated", models.BigIntegerField(db_default=0, default=0)),
                ("instant", models.BigIntegerField(db_default=0, default=0)),
                ("early", models.BigIntegerField(db_default=0, default=0)),
                ("on_time", models.BigIntegerField(db_default=0, default=0)),
                ("late", models.BigIntegerField(db_default=0, default=0)),
                ("unjudged", models.BigIntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.CreateModel(
            name="RollupDays",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("span", models.TextField()),
                ("first_day", models.DateField()),
                ("department_id", models.UUIDField()),
                ("item_type", models.TextField()),
                ("subject_kind", models.TextField()),
                ("days_used", models.IntegerField()),
                ("count", models.BigIntegerField()),
                ("limited", models.BigIntegerField()),
                ("limit_days", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="daily",
            name="daily_count_not_negative",
        ),
        migrations.RemoveConstraint(
            model_name="dailydays",
            name="daily_days_cell_once",
        ),
        migrations.AddField(
            model_name="dailydays",
            name="subject_kind",
            field=models.TextField(db_default="case", default="case"),
        ),
        migrations.AddConstraint(
            model_name="daily",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 0), ("kind__startswith", "reported."), _connector="OR"),
                name="daily_count_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailydays",
            constraint=models.UniqueConstraint(
                fields=(
                    "day",
                    "department_id",
                    "item_id",
                    "item_type",
                    "days_used",
                    "limit_days",
                    "subject_kind",
                ),
                name="daily_days_cell_of_source_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailydays",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit_days__gte", -1)), name="daily_days_limit_known_or_none"
            ),
        ),
        migrations.AddIndex(
            model_name="late",
            index=models.Index(fields=["-drained_on", "-day"], name="late_newest"),
        ),
        migrations.AddConstraint(
            model_name="late",
            constraint=models.CheckConstraint(
                condition=models.Q(("day__lt", models.F("drained_on"))), name="late_is_after_its_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="late",
            constraint=models.CheckConstraint(condition=models.Q(("facts__gte", 1)), name="late_has_facts"),
        ),
        migrations.AddConstraint(
            model_name="rebuild",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished", False)), fields=("finished",), name="rebuild_one_at_a_time"
            ),
        ),
        migrations.AddIndex(
            model_name="recount",
            index=models.Index(fields=["-at"], name="recount_newest"),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("differences", 0), ("found", "")),
                    models.Q(("differences__gt", 0), models.Q(("found", ""), _negated=True)),
                    _connector="OR",
                ),
                name="recount_says_what_it_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollup",
            constraint=models.UniqueConstraint(
                fields=("span", "first_day", "department_id", "item_type", "channel", "subject_kind"),
                name="rollup_cell_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("span__in", ("day", "all-day")),
                    models.Q(("first_day__day", 1), ("span__in", ("month", "all-month"))),
                    _connector="OR",
                ),
                name="rollup_span_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("subject_kind", "reported"),
                    models.Q(
                        ("accepted__gte", 0),
                        ("delivered__gte", 0),
                        ("early__gte", 0),
                        ("instant__gte", 0),
                        ("late__gte", 0),
                        ("on_time__gte", 0),
                        ("received__gte", 0),
                        ("refused__gte", 0),
                        ("subject_kind", "case"),
                        ("terminated__gte", 0),
                        ("unjudged__gte", 0),
                        ("withdrawn__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="rollup_counts_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollupdays",
            constraint=models.UniqueConstraint(
                fields=("span", "first_day", "department_id", "item_type", "subject_kind", "days_used"),
                name="rollup_days_cell_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollupdays",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("span__in", ("day", "all-day")),
                    models.Q(("first_day__day", 1), ("span__in", ("month", "all-month"))),
                    _connector="OR",
                ),
                name="rollup_days_span_known",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
