"""Who receives an issue, who has read it here, and who asked to be told of new issues."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEPT = """
create trigger reports_readreceipt_kept before update or delete on reports_readreceipt
    for each row execute function reports_refuse_rewriting();
"""
GONE = "drop trigger reports_readreceipt_kept on reports_readreceipt;"


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_capabilities"),
        ("reports", "0007_signatures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IssueSubscription",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReadReceipt",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="read_receipts",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "account"), name="read_once_a_person_and_issue")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRecipient",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("label", models.TextField()),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("copies", models.IntegerField(default=1)),
                ("handed_at", models.DateTimeField(null=True)),
                ("handed_to", models.TextField(blank=True, default="")),
                ("handed_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recipients",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["report", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "kind", "name"), name="recipient_once_an_issue"
                    ),
                    models.UniqueConstraint(fields=("report", "position"), name="recipient_place_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("label__in", ["报", "送", "发"]), models.Q(("name", ""), _negated=True)
                        ),
                        name="recipient_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["department", "office", "window", "other"])),
                        name="recipient_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("copies__gte", 0), ("copies__lte", 9999)), name="recipient_copies"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("handed_at__isnull", True), ("handed_by_name", ""), ("handed_to", "")),
                            models.Q(
                                ("copies__gte", 1),
                                ("handed_at__isnull", False),
                                models.Q(("handed_to", ""), _negated=True),
                                models.Q(("handed_by_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="recipient_handed_to_and_by",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEPT, GONE),
    ]
