from django.db import migrations, models
from django.db.models import Q

# A survey arranged before this kept no such day: its id carries the moment (UUIDv7), and the arranged day binds it. The
# defaults are for writers of the code before this one.
DAYS = """
alter table cases_survey add column arranged_on date, add column due_on date;
update cases_survey
set arranged_on = (to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                   at time zone 'Asia/Shanghai')::date, due_on = planned_on;
alter table cases_survey alter column arranged_on set default current_date, alter column due_on set default current_date,
    alter column arranged_on set not null, alter column due_on set not null;
"""


class Migration(migrations.Migration):
    """Surveys and expert reviews keep what their own last day is counted from."""

    dependencies = [("cases", "0006_exam")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    DAYS, "alter table cases_survey drop column arranged_on, drop column due_on"
                )
            ],
            state_operations=[
                migrations.AddField("survey", "arranged_on", models.DateField()),
                migrations.AddField("survey", "due_on", models.DateField()),
            ],
        ),
        migrations.AddField("expertreview", "days", models.IntegerField(null=True)),
        migrations.AddIndex(
            "expertreview",
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="review_waiting"),
        ),
        migrations.AddIndex(
            "survey",
            models.Index(
                fields=["due_on", "id"], condition=Q(state__in=["planned", "recorded"]), name="survey_waiting"
            ),
        ),
    ]
