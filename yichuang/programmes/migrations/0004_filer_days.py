"""Day counts of filers: what the drain adds to, so that no page counts cases."""

import django.db.models.deletion
from django.db import migrations, models

# Campaigns of before are counted once, without what waits in the queue; the drain's lock keeps it out meanwhile.
COUNT = """
select pg_advisory_xact_lock(7451001);
insert into programmes_filerday (filer_id, filed_on, filed, bulk, accepted, decided, delivered)
with whole as (
    select f.id as filer_id, c.id as case_id, c.filed_on, c.state, c.accepted_on
    from programmes_filer f
    join programmes_campaign p on p.id = f.campaign_id
    cross join lateral unnest(f.applicants) as a (applicant_id)
    join cases_case c on c.applicant_id = a.applicant_id and c.item_id = any(p.items)
), counted as (
    select w.filer_id, w.filed_on, (w.state not in ('refused', 'terminated'))::int as filed,
           (w.state not in ('refused', 'terminated') and w.accepted_on is not null)::int as accepted,
           (w.state in ('decided', 'delivered'))::int as decided, (w.state = 'delivered')::int as delivered
    from whole w
    union all
    select w.filer_id, w.filed_on,
           (q.kind in ('case.refused', 'case.withdrawn', 'case.terminated'))::int - (q.kind = 'case.filed')::int,
           (q.kind in ('case.refused', 'case.withdrawn', 'case.terminated') and w.accepted_on is not null)::int
               - (q.kind = 'case.accepted')::int,
           -(q.kind = 'case.decided')::int, -(q.kind = 'case.delivered')::int
    from whole w join journal_fresh q on q.subject_id = w.case_id
)
select filer_id, filed_on, sum(filed), 0, sum(accepted), sum(decided), sum(delivered)
from counted group by filer_id, filed_on
"""


class Migration(migrations.Migration):
    dependencies = [
        ("programmes", "0003_campaigns"),
        ("cases", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="FilerDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "filer_id", "filed_on", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("filed_on", models.DateField()),
                ("filed", models.IntegerField()),
                ("bulk", models.IntegerField()),
                ("accepted", models.IntegerField()),
                ("decided", models.IntegerField()),
                ("delivered", models.IntegerField()),
                (
                    "filer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="programmes.filer",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
