import django.db.models.deletion
from django.db import migrations, models

# The weights of a set come to 100: looked at when the transaction ends, for a set is written row by row.
FORWARD = """
create function statistics_weights_of_a_set() returns trigger language plpgsql as $$
declare
    whose uuid := coalesce(new.indicator_set_id, old.indicator_set_id);
    found bigint;
begin
    select sum(weight) into found from statistics_indicator where indicator_set_id = whose;
    if found is not null and found <> 100 then
        raise exception 'weights of indicator set % come to %, not 100', whose, found
            using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger statistics_weights_of_a_set
    after insert or update or delete on statistics_indicator
    deferrable initially deferred for each row execute function statistics_weights_of_a_set();
"""
BACKWARD = """
drop trigger statistics_weights_of_a_set on statistics_indicator;
drop function statistics_weights_of_a_set;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("statistics", "0002_window"),
    ]

    operations = [
        migrations.CreateModel(
            name="IndicatorEntry",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("department_id", models.UUIDField()),
                ("as_of", models.DateField()),
                ("value", models.DecimalField(decimal_places=2, max_digits=12)),
                ("source", models.TextField()),
                ("key", models.TextField(unique=True)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["code", "department_id", "-as_of", "-at"], name="indicator_entry_newest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="indicator_entry_has_source"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IndicatorSet",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("valid_from", models.DateField(unique=True)),
                ("reason", models.TextField()),
                ("key", models.TextField(unique=True)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="indicator_set_has_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Indicator",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("code", models.TextField()),
                ("label", models.TextField()),
                ("unit", models.TextField()),
                ("weight", models.IntegerField()),
                ("direction", models.TextField()),
                ("full_value", models.DecimalField(decimal_places=2, max_digits=12)),
                ("zero_value", models.DecimalField(decimal_places=2, max_digits=12)),
                ("target", models.DecimalField(decimal_places=2, max_digits=12)),
                ("measure", models.TextField(blank=True, default="")),
                (
                    "indicator_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="indicators",
                        to="statistics.indicatorset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("indicator_set", "code"), name="indicator_once_a_set"),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 1), ("weight__lte", 100)), name="indicator_weight"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("label", ""), _negated=True), models.Q(("unit", ""), _negated=True)
                        ),
                        name="indicator_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("direction", "higher"), ("full_value__gt", models.F("zero_value"))),
                            models.Q(("direction", "lower"), ("full_value__lt", models.F("zero_value"))),
                            _connector="OR",
                        ),
                        name="indicator_has_a_way_up",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
