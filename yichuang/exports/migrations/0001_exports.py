import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Lists as files: what was asked for, its purpose, its progress, when its file goes."""

    initial = True

    dependencies = [
        ("journal", "0006_exports_seen"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("format", models.TextField()),
                ("asked", models.JSONField(default=dict)),
                ("words", models.TextField()),
                ("purpose", models.TextField()),
                ("address", models.TextField(blank=True, default="")),
                ("state", models.TextField(default="waiting")),
                ("rows", models.BigIntegerField(default=0)),
                ("expected", models.BigIntegerField(default=0)),
                ("size", models.BigIntegerField(default=0)),
                ("problem", models.TextField(blank=True, default="")),
                ("asked_at", models.DateTimeField()),
                ("touched_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-id"], name="exports_export_mine"),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "running",
                                ],
                            )
                        ),
                        fields=["id"],
                        name="exports_export_open",
                    ),
                    models.Index(
                        condition=models.Q(("state", "done")),
                        fields=["expires_at"],
                        name="exports_export_expiring",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "running",
                                    "done",
                                    "cancelled",
                                    "refused",
                                    "failed",
                                    "expired",
                                ],
                            )
                        ),
                        name="exports_export_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "format__in",
                                [
                                    "csv",
                                    "xlsx",
                                    "parquet",
                                ],
                            )
                        ),
                        name="exports_export_format",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__regex", "^.{4,200}$")), name="exports_export_purpose"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rows__gte", 0), ("size__gte", 0)), name="exports_export_counts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(("expires_at__isnull", False), ("finished_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="exports_export_done_expires",
                    ),
                ],
            },
        ),
    ]
