import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0004_newsroom"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeOpinion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("change", models.CharField(max_length=64)),
                ("opinion", models.TextField()),
                ("words", models.TextField(blank=True, default="")),
                ("before", models.TextField(blank=True)),
                ("after", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "change"), name="opinion_once_a_change"),
                    models.CheckConstraint(
                        condition=models.Q(("opinion__in", ["agreed", "objected"])), name="opinion_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("opinion", "objected"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="objection_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("section", models.TextField()),
                ("item", models.TextField(blank=True, default="")),
                ("quote", models.TextField(blank=True, default="")),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="reports.comment",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [models.Index(fields=["report", "at"], name="comment_of_report")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("body", ""), _negated=True), name="comment_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resolved_at__isnull", True), ("resolved_by_name", "")),
                            models.Q(
                                ("parent__isnull", True),
                                ("resolved_at__isnull", False),
                                models.Q(("resolved_by_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="comment_resolved_by_and_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IgnoredFinding",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("finding", models.CharField(max_length=64)),
                ("rule", models.TextField()),
                ("found", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ignored",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "finding"), name="finding_ignored_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="ignored_with_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SectionLock",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("section", models.TextField()),
                ("holder_id", models.UUIDField()),
                ("holder_name", models.TextField()),
                ("taken_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("released", models.BooleanField(default=False)),
                ("asked_by_id", models.UUIDField(null=True)),
                ("asked_by_name", models.TextField(blank=True, default="")),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="locks", to="reports.report"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "section"), name="lock_once_a_section"),
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("taken_at"))),
                        name="lock_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_by_id__isnull", True),
                            models.Q(("asked_by_id", models.F("holder_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="lock_is_asked_for_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_at__isnull", True), ("asked_by_id__isnull", True)),
                            models.Q(("asked_at__isnull", False), ("asked_by_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="lock_asked_by_and_when",
                    ),
                ],
            },
        ),
    ]
