"""Transfers of an item to another department."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("item_id", models.UUIDField()),
                ("item_name", models.TextField()),
                ("from_department_id", models.UUIDField()),
                ("to_department_id", models.UUIDField()),
                ("effective_on", models.DateField()),
                ("legal_basis", models.TextField()),
                ("document_number", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("executed_at", models.DateTimeField(null=True)),
                ("moved", models.JSONField(default=dict)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("cancelled_by_name", models.TextField(blank=True, default="")),
                ("cancelled_reason", models.TextField(blank=True, default="")),
                ("trouble", models.TextField(blank=True, default="")),
                ("key", models.TextField(null=True, unique=True)),
            ],
            options={
                "db_table": "cases_transfer",
                "indexes": [models.Index(fields=["effective_on", "id"], name="cases_transfer_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at__isnull", True), ("executed_at__isnull", True)),
                        fields=("item_id",),
                        name="transfer_one_planned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_department_id", models.F("to_department_id")), _negated=True
                        ),
                        name="transfer_between_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("legal_basis", ""), _negated=True),
                            models.Q(("document_number", ""), _negated=True),
                        ),
                        name="transfer_has_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancelled_at__isnull", True), ("cancelled_reason", "")),
                            models.Q(
                                ("cancelled_at__isnull", False),
                                ("executed_at__isnull", True),
                                models.Q(("cancelled_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_cancelled_or_executed",
                    ),
                ],
            },
        ),
    ]
