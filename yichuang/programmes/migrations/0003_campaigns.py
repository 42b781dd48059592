import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programmes", "0002_tasks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("short_title", models.TextField()),
                ("source", models.TextField()),
                ("words", models.TextField(blank=True, default="")),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("unit", models.TextField(default="件")),
                ("target", models.IntegerField()),
                ("target_mark", models.TextField(default="exact")),
                ("starts_on", models.DateField()),
                ("deadline", models.DateField()),
                ("state", models.TextField(default="running")),
                ("edit", models.IntegerField(default=1)),
                ("changed_by_name", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CampaignMilestone",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("count", models.IntegerField()),
                ("text", models.TextField(blank=True, default="")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="programmes.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["on"],
            },
        ),
        migrations.CreateModel(
            name="Filer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("name", models.TextField()),
                (
                    "applicants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("target", models.IntegerField()),
                ("target_mark", models.TextField(default="exact")),
                ("starts_on", models.DateField()),
                ("deadline", models.DateField()),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="filers",
                        to="programmes.campaign",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filers",
                        to="directory.department",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="FilerReminder",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("words", models.TextField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                ("receivers", models.IntegerField(default=0)),
                ("key", models.TextField(unique=True)),
                (
                    "filer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="programmes.filer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandNumber",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("as_of", models.DateField()),
                ("count", models.IntegerField()),
                ("source", models.TextField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                ("seq", models.IntegerField()),
                ("key", models.TextField(unique=True)),
                (
                    "filer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hand_numbers",
                        to="programmes.filer",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True), models.Q(("source", ""), _negated=True)
                ),
                name="campaign_says_whence",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__gt", 0)), name="campaign_has_target"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("target_mark__in", ["exact", "about"])), name="campaign_target_mark"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("deadline__gte", models.F("starts_on"))), name="campaign_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["running", "closed"])), name="campaign_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("items", []), _negated=True), name="campaign_has_items"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignmilestone",
            constraint=models.UniqueConstraint(
                fields=("campaign", "on"), name="campaign_milestone_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignmilestone",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gt", 0)), name="campaign_milestone_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.UniqueConstraint(fields=("campaign", "name"), name="filer_once_a_campaign"),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.UniqueConstraint(fields=("campaign", "position"), name="filer_position_once"),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="filer_has_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.CheckConstraint(condition=models.Q(("target__gt", 0)), name="filer_has_target"),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.CheckConstraint(
                condition=models.Q(("target_mark__in", ["exact", "about"])), name="filer_target_mark"
            ),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.CheckConstraint(
                condition=models.Q(("deadline__gte", models.F("starts_on"))), name="filer_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="filerreminder",
            constraint=models.UniqueConstraint(fields=("filer", "on"), name="filer_reminder_once_a_day"),
        ),
        migrations.AddIndex(
            model_name="handnumber",
            index=models.Index(fields=["filer", "as_of", "seq"], name="hand_number_filer"),
        ),
        migrations.AddConstraint(
            model_name="handnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("count__gte", 0)), name="hand_number_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="handnumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True), name="hand_number_says_whence"
            ),
        ),
        migrations.CreateModel(
            name="CampaignVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("act", models.TextField()),
                ("content", models.JSONField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="filer",
            name="removed_by_name",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="filer",
            name="removed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="filer",
            name="removed_why",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddConstraint(
            model_name="filer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_on__isnull", True),
                    models.Q(("removed_why", ""), _negated=True),
                    _connector="XOR",
                ),
                name="filer_removed_why",
            ),
        ),
        migrations.AddField(
            model_name="campaignversion",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="programmes.campaign"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignversion",
            constraint=models.UniqueConstraint(fields=("campaign", "number"), name="campaign_version_once"),
        ),
        migrations.AddConstraint(
            model_name="campaignversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="campaign_version_from_one"
            ),
        ),
    ]
