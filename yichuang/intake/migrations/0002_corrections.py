"""Corrections are prepared in drafts, two tabs do not overwrite each other, replaced answers are kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [
        migrations.AddField("draft", "marks", models.JSONField(default=dict)),
        migrations.AddField("draft", "mends", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "draft",
            models.UniqueConstraint(
                fields=["owner", "mends"],
                condition=models.Q(case_id__isnull=True),
                name="draft_one_correction",
            ),
        ),
        migrations.RunSQL(
            "alter table intake_application add column earlier text not null default '[]'",
            "alter table intake_application drop column earlier",
        ),
    ]
