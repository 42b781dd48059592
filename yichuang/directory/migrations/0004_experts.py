import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The pool of experts by field."""

    dependencies = [("directory", "0003_capabilities")]

    operations = [
        migrations.CreateModel(
            name="Expert",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("unit", models.TextField()),
                ("unit_code", models.TextField(blank=True, default="")),
                ("title", models.TextField()),
                ("phone", models.TextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("edit", models.IntegerField(default=1)),
                ("key", models.TextField(null=True, unique=True)),
            ],
            options={
                "indexes": [models.Index(fields=["name", "id"], name="expert_name")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("unit", ""), _negated=True)
                        ),
                        name="expert_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fields__len__gt", 0)), name="expert_has_field"
                    ),
                    models.UniqueConstraint(fields=("name", "unit"), name="expert_once_a_unit"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpertRelation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("to", models.TextField()),
                ("reason", models.TextField()),
                ("declared_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relations",
                        to="directory.expert",
                    ),
                ),
            ],
            options={
                "ordering": ["-declared_on", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("to", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="expert_relation_says_whom",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True),
                            ("ended_on__gte", models.F("declared_on")),
                            _connector="OR",
                        ),
                        name="expert_relation_ends_later",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)),
                        fields=("expert", "to"),
                        name="expert_relation_once",
                    ),
                ],
            },
        ),
    ]
