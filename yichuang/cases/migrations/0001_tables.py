"""The case, its number, its open work and its particulars. Big tables are partitioned by quarter on the id."""

from django.db import migrations, models

CASE = """
create table cases_case (
    id uuid primary key,
    number text not null,
    item_id uuid not null,
    item_version_id uuid not null,
    item_name text not null,
    item_type text not null,
    handling_kind text not null,
    department_id uuid not null,
    region text not null,
    channel text not null,
    applicant_id uuid not null,
    applicant_name text not null,
    state text not null check (state in ('received', 'correcting', 'review', 'special', 'decided', 'delivered',
                                         'refused', 'terminated')),
    seq integer not null check (seq >= 1),
    last_hash bytea not null,
    filed_at timestamptz not null,
    filed_on date not null,
    accepted_on date,
    decided_on date,
    closed_on date,
    statutory_days integer not null check (statutory_days >= 0),
    promised_days integer not null check (promised_days between 0 and statutory_days),
    extended_days integer not null default 0 check (extended_days between 0 and 15),
    due_on date,
    statutory_due_on date,
    provisional boolean not null default false,
    paused_on date,
    days_left integer,
    statutory_days_left integer,
    days_used integer,
    corrections integer not null default 0,
    outcome text,
    promptness text,
    constraint case_paused_has_no_due check ((state = 'special') = (paused_on is not null and due_on is null and days_left is not null)),
    constraint case_review_has_due check (state <> 'review' or (accepted_on is not null and due_on is not null)),
    constraint case_decided_has_outcome check (
        state not in ('decided', 'delivered') or (decided_on is not null and outcome in ('granted', 'denied') and days_used is not null)),
    constraint case_ended_has_day check ((state in ('delivered', 'refused', 'terminated')) = (closed_on is not null)),
    constraint case_before_acceptance check (state not in ('received', 'correcting', 'refused') or accepted_on is null)
) partition by range (id);
create index cases_case_open_due on cases_case (department_id, due_on, id)
    where state in ('received', 'correcting', 'review', 'special', 'decided');
create index cases_case_applicant on cases_case (applicant_id, id desc);
create index cases_case_department on cases_case (department_id, id desc);
insert into journal_partitioned values ('cases_case', false);

create table cases_particulars (
    case_id uuid not null,
    seq integer not null,
    internal boolean not null,
    body text not null,
    salt text not null,
    primary key (case_id, seq)
) partition by range (case_id);
insert into journal_partitioned values ('cases_particulars', false);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("journal", "0002_tables"), ("catalogue", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    CASE,
                    "drop table cases_case; drop table cases_particulars;"
                    "delete from journal_partitioned where parent in ('cases_case', 'cases_particulars')",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Case",
                    fields=[("id", models.UUIDField(primary_key=True, serialize=False))],
                    options={"db_table": "cases_case", "managed": False},
                ),
                migrations.CreateModel(
                    name="Particulars",
                    fields=[
                        ("pk", models.CompositePrimaryKey("case_id", "seq", primary_key=True)),
                        ("case_id", models.UUIDField()),
                        ("seq", models.IntegerField()),
                    ],
                    options={"db_table": "cases_particulars", "managed": False},
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseNumber",
            fields=[
                ("number", models.TextField(primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
            ],
            options={"db_table": "cases_number"},
        ),
        migrations.CreateModel(
            name="Work",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_id", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("department_id", models.UUIDField()),
                ("holder_id", models.UUIDField(null=True)),
                ("holder_name", models.TextField(default="")),
                ("due_on", models.DateField()),
                ("opened_on", models.DateField()),
            ],
            options={
                "db_table": "cases_work",
                "indexes": [
                    models.Index(fields=["department_id", "due_on", "case_id"], name="cases_work_department"),
                    models.Index(fields=["holder_id", "due_on", "case_id"], name="cases_work_holder"),
                    models.Index(fields=["due_on", "case_id"], name="cases_work_due"),
                ],
            },
        ),
    ]
