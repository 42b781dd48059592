import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# One absent person has one stand-in at a time. A range of ids stands for the id, so that no extension is needed.
ONE_AT_A_TIME = """
create type directory_id_range as range (subtype = uuid);
alter table directory_standin add constraint stand_in_one_at_a_time exclude using gist (
    directory_id_range(absent_id, absent_id, '[]') with &&,
    daterange(first_day, least(last_day + 1, ended_on), '[)') with &&);
"""
NO_MORE = """
alter table directory_standin drop constraint stand_in_one_at_a_time;
drop type directory_id_range;
"""


class Migration(migrations.Migration):
    """How far a post reaches, its clearance, stand-ins, tokens."""

    dependencies = [("directory", "0004_experts")]

    operations = [
        migrations.AddField("post", "reach_region", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("post", "clearance", models.SmallIntegerField(db_default=0, default=0)),
        migrations.AddConstraint(
            "post",
            models.CheckConstraint(
                condition=models.Q(clearance__gte=0, clearance__lte=3), name="post_clearance"
            ),
        ),
        migrations.AddConstraint(
            "post",
            models.CheckConstraint(
                condition=~models.Q(everywhere=True, reach_region=True), name="post_reach_is_one"
            ),
        ),
        migrations.CreateModel(
            name="StandIn",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("key", models.TextField()),
                (
                    "absent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to="directory.account",
                    ),
                ),
                (
                    "arranged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.account",
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stands_in",
                        to="directory.account",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["stand_in", "last_day"], name="stand_in_by_days")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("absent", models.F("stand_in")), _negated=True),
                        name="stand_in_is_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="stand_in_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True),
                            ("ended_on__gte", models.F("first_day")),
                            _connector="OR",
                        ),
                        name="stand_in_ends_after_its_beginning",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capabilities", []), _negated=True),
                        name="stand_in_has_capabilities",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="stand_in_has_reason"
                    ),
                    models.UniqueConstraint(fields=("key",), name="stand_in_key_once"),
                ],
            },
        ),
        migrations.RunSQL(ONE_AT_A_TIME, NO_MORE),
    ]
