"""Bulk acts: the act, and one row for every case of it, by quarter of the act."""

import django.contrib.postgres.fields
import django.db.models.expressions
from django.db import migrations, models

# No foreign key to the act: rows of an old quarter are detached, the act stays.
CASES = """
create table cases_bulkactcase (
    act_id uuid not null,
    position integer not null check (position >= 1),
    case_id uuid not null,
    seen integer not null check (seen >= 1),
    state text not null check (state in ('waiting', 'able', 'unable', 'done', 'refused', 'skipped')),
    reason smallint not null default 0,
    due_on date,
    primary key (act_id, position),
    unique (act_id, case_id),
    constraint bulkactcase_says_why check ((state in ('unable', 'refused', 'skipped')) = (reason > 0))
) partition by range (act_id);
create index cases_bulkactcase_state on cases_bulkactcase (act_id, state, reason, position);
insert into journal_partitioned values ('cases_bulkactcase', false);
"""
# Four eyes, stand-ins counted on both sides.
HANDS = """
alter table cases_bulkact add constraint bulkact_other_hands check (
    released_by_id is null
    or not (array_append(released_for_ids, released_by_id) && array_append(prepared_for_ids, prepared_by_id)));
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_step_days"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    CASES,
                    "drop table cases_bulkactcase; delete from journal_partitioned where parent = 'cases_bulkactcase'",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="BulkActCase",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "act_id",
                                "position",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("act_id", models.UUIDField()),
                        ("position", models.IntegerField()),
                        ("case_id", models.UUIDField()),
                        ("seen", models.IntegerField()),
                        ("state", models.TextField()),
                        ("reason", models.SmallIntegerField(default=0)),
                        ("due_on", models.DateField(null=True)),
                    ],
                    options={
                        "db_table": "cases_bulkactcase",
                        "managed": False,
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkAct",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("state", models.TextField(default="checking")),
                ("chosen", models.TextField()),
                (
                    "department_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                ("clearance", models.SmallIntegerField()),
                ("outcome", models.TextField(null=True)),
                ("reason", models.TextField(blank=True, default="")),
                ("method", models.TextField(blank=True, default="")),
                ("receiver", models.TextField(blank=True, default="")),
                ("cooling_minutes", models.IntegerField(default=0)),
                ("truncated", models.BooleanField(default=False)),
                ("total", models.IntegerField()),
                ("checked", models.IntegerField(default=0)),
                ("able", models.IntegerField(default=0)),
                ("held", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("skipped", models.IntegerField(default=0)),
                ("reasons", models.JSONField(default=list)),
                ("signers", models.JSONField(default=dict)),
                ("due_from", models.DateField(null=True)),
                ("due_to", models.DateField(null=True)),
                ("prepared_by_id", models.UUIDField()),
                ("prepared_by_name", models.TextField()),
                (
                    "prepared_for_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("prepared_at", models.DateTimeField()),
                ("proposed_at", models.DateTimeField(null=True)),
                ("released_by_id", models.UUIDField(null=True)),
                ("released_by_name", models.TextField(blank=True, default="")),
                (
                    "released_for_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("released_at", models.DateTimeField(null=True)),
                ("starts_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("cancelled_by_name", models.TextField(blank=True, default="")),
                ("cancelled_why", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "cases_bulkact",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["checking", "released", "running"])),
                        fields=["id"],
                        name="bulkact_at_work",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["accept", "propose", "decide", "deliver"])),
                        name="bulkact_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "checking",
                                    "drafted",
                                    "proposed",
                                    "released",
                                    "running",
                                    "done",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="bulkact_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__gte", 1), ("total__lte", 50000)), name="bulkact_total"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("able__gte", 0),
                            ("able__lte", models.F("checked")),
                            ("checked__lte", models.F("total")),
                        ),
                        name="bulkact_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done__gte", 0),
                            ("refused__gte", 0),
                            ("skipped__gte", 0),
                            (
                                "able__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("done"), "+", models.F("refused")
                                    ),
                                    "+",
                                    models.F("skipped"),
                                ),
                            ),
                        ),
                        name="bulkact_counts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cooling_minutes__gte", 0), ("cooling_minutes__lte", 1440)),
                        name="bulkact_cooling",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["decide", "propose"]), ("outcome__isnull", False)),
                            models.Q(
                                models.Q(("kind__in", ["decide", "propose"]), _negated=True),
                                ("outcome__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="bulkact_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["released", "running", "done"]), _negated=True),
                            models.Q(
                                ("released_at__isnull", False),
                                ("released_by_id__isnull", False),
                                ("starts_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="bulkact_released",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_by_id__isnull", True),
                            models.Q(("released_by_id", models.F("prepared_by_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="bulkact_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "cancelled"), ("cancelled_why", ""), _connector="XOR"),
                        name="bulkact_cancelled_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(HANDS, "alter table cases_bulkact drop constraint bulkact_other_hands"),
    ]
