"""Systems that report, their cases, batches and doubts. The cases are partitioned by quarter on the id."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

CASE = """
create table exchange_case (
    id uuid primary key,
    system_id uuid not null,
    source_number text not null,
    item_id uuid not null,
    item_code text not null,
    item_type text not null,
    department_id uuid not null,
    region text not null,
    applicant_name text not null default '',
    applicant_no integer not null default 0,
    salt text not null,
    state text not null check (state in ('unreported', 'accepted', 'special', 'decided', 'delivered', 'withdrawn', 'terminated')),
    seq integer not null check (seq >= 0),
    last_hash bytea not null,
    reported_at timestamptz not null,
    changed_at timestamptz not null,
    accepted_on date,
    decided_on date,
    closed_on date,
    outcome text not null default '',
    promptness text not null default '',
    due_on date,
    limit_days integer,
    days_used integer,
    doubts integer not null default 0 check (doubts >= 0),
    events text not null,
    constraint reported_decided_has_outcome check (
        (state in ('decided', 'delivered')) = (decided_on is not null and outcome in ('granted', 'denied'))),
    constraint reported_closed_has_day check ((state in ('delivered', 'withdrawn', 'terminated')) = (closed_on is not null)),
    constraint reported_open_was_accepted check (state <> 'accepted' or accepted_on is not null)
) partition by range (id);
create index exchange_case_department on exchange_case (department_id, id desc);
create index exchange_case_item on exchange_case (item_id, id desc);
create index exchange_case_applicant on exchange_case (applicant_name text_pattern_ops, id desc) where applicant_name <> '';
insert into journal_partitioned values ('exchange_case', false);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journal", "0005_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    CASE,
                    "drop table exchange_case; delete from journal_partitioned where parent = 'exchange_case'",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Case",
                    fields=[("id", models.UUIDField(primary_key=True, serialize=False))],
                    options={"db_table": "exchange_case", "managed": False},
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseNumber",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "system_id",
                        "source_number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("system_id", models.UUIDField()),
                ("source_number", models.TextField()),
                ("case_id", models.UUIDField()),
            ],
            options={
                "db_table": "exchange_number",
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "batch_id", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("batch_id", models.UUIDField()),
                ("place", models.IntegerField()),
                ("quarantine_id", models.UUIDField(null=True)),
                ("source_number", models.TextField(blank=True, default="")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("raw", models.TextField()),
            ],
            options={
                "db_table": "exchange_line",
            },
        ),
        migrations.CreateModel(
            name="System",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                (
                    "departments",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("contact", models.TextField()),
                ("reports_limits", models.BooleanField(default=False)),
                ("regional", models.BooleanField(default=False)),
                ("folder", models.TextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("edit", models.IntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("changed_by_name", models.TextField()),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reporting_system",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "exchange_system",
            },
        ),
        migrations.CreateModel(
            name="Quarantine",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("source_number", models.TextField()),
                ("event_no", models.IntegerField()),
                ("digest", models.TextField()),
                ("kind", models.TextField()),
                ("day", models.DateField()),
                ("item_code", models.TextField()),
                ("department_id", models.UUIDField(null=True)),
                ("case_id", models.UUIDField(null=True)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("state", models.TextField()),
                ("raw", models.TextField()),
                ("batch_id", models.UUIDField(null=True)),
                ("place", models.IntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by_name", models.TextField(blank=True, default="")),
                ("ground", models.TextField(blank=True, default="")),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubts",
                        to="exchange.system",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_quarantine",
            },
        ),
        migrations.CreateModel(
            name="Mapping",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("sort", models.TextField()),
                ("code", models.TextField()),
                ("target", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mappings",
                        to="exchange.system",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_mapping",
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField(blank=True, default="")),
                ("sha256", models.TextField()),
                ("state", models.TextField(default="running")),
                ("lines_done", models.IntegerField(default=0)),
                ("received", models.IntegerField(default=0)),
                ("taken", models.IntegerField(default=0)),
                ("known", models.IntegerField(default=0)),
                ("quarantined", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="exchange.system",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_batch",
            },
        ),
        migrations.AddConstraint(
            model_name="system",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[a-z][a-z0-9-]{1,31}$")), name="system_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="system",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True),
                    models.Q(("contact", ""), _negated=True),
                    models.Q(("departments", []), _negated=True),
                ),
                name="system_has_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="system",
            constraint=models.UniqueConstraint(
                condition=models.Q(("folder", ""), _negated=True),
                fields=("folder",),
                name="system_folder_of_its_own",
            ),
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(fields=["case_id"], name="quarantine_case"),
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "waiting"])),
                fields=["-id"],
                name="quarantine_undone",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantine",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "waiting", "taken", "dropped", "settled"])),
                name="quarantine_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantine",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["taken", "dropped"]), _negated=True),
                    models.Q(("ground", ""), _negated=True),
                    _connector="OR",
                ),
                name="quarantine_done_with_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantine",
            constraint=models.UniqueConstraint(
                fields=("system", "source_number", "event_no", "digest"), name="quarantine_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="mapping",
            constraint=models.UniqueConstraint(fields=("system", "sort", "code"), name="mapping_once"),
        ),
        migrations.AddConstraint(
            model_name="mapping",
            constraint=models.CheckConstraint(
                condition=models.Q(("sort__in", ["item", "department"])), name="mapping_sort"
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["system", "-id"], name="batch_of_system"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["running", "done"])), name="batch_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "received",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("taken"), "+", models.F("known")
                                ),
                                "+",
                                models.F("quarantined"),
                            ),
                            "+",
                            models.F("refused"),
                        ),
                    )
                ),
                name="batch_counts_every_line",
            ),
        ),
    ]
