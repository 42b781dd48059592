"""The journal's tables. Facts are partitioned by quarter on the id of their subject."""

from django.conf import settings
from django.db import migrations, models

FACT = """
create table journal_fact (
    subject_id uuid not null,
    seq integer not null check (seq >= 1),
    subject_kind text not null,
    kind text not null,
    at timestamptz not null,
    day date not null,
    actor text not null,
    actor_name text not null default '',
    department_id uuid,
    ground text,
    number text,
    data text not null,
    key text,
    key_hash text,
    prev_hash bytea not null,
    hash bytea not null check (length(hash) = 32),
    primary key (subject_id, seq)
) partition by range (subject_id);
create unique index journal_fact_key_once on journal_fact (subject_id, key) where key is not null;
create index journal_fact_at on journal_fact using brin (at);
create index journal_fact_day on journal_fact (day, kind, subject_id);
"""

# The bytes that are hashed: one line a field, in this order; an absent field is an empty line.
HASH = """
create function journal_place(subject_kind text, department uuid, key text, key_hash text)
returns text language sql immutable parallel safe as $$
    select subject_kind || ' ' || coalesce(department::text, '') || ' ' || coalesce(key, '') || ' ' || coalesce(key_hash, '')
$$;
create function journal_fact_hash(
    prev bytea, subject uuid, seq integer, place text, kind text, at timestamptz, actor text, ground text, number text, data text
) returns bytea language sql stable parallel safe as $$
    select sha256(convert_to(
        encode(prev, 'hex') || E'\\n' || subject::text || E'\\n' || seq::text || E'\\n' || place || E'\\n' || kind || E'\\n'
        || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\\n' || actor || E'\\n'
        || coalesce(ground, '') || E'\\n' || coalesce(number, '') || E'\\n' || data, 'UTF8'))
$$;
"""

# The app role may not create tables; this function, run as the owner, makes one quarter of a known big table.
QUARTER = """
create table journal_partitioned (parent text primary key, append_only boolean not null);
insert into journal_partitioned values ('journal_fact', true);

create function journal_ensure_quarter(parent_name text, any_day date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    first_day date := date_trunc('quarter', any_day)::date;
    name text := parent_name || '_' || to_char(first_day, 'YYYY') || 'q' || to_char(first_day, 'Q');
    frozen boolean;
    lower_ms bigint := extract(epoch from first_day::timestamp at time zone 'Asia/Shanghai') * 1000;
    upper_ms bigint := extract(epoch from (first_day + interval '3 months')::timestamp at time zone 'Asia/Shanghai') * 1000;
begin
    select append_only into frozen from journal_partitioned where parent = parent_name;
    if frozen is null then
        raise exception 'journal_ensure_quarter: % is not a partitioned table of this house', parent_name;
    end if;
    if to_regclass(name) is not null then
        return name;
    end if;
    perform pg_advisory_xact_lock(hashtext('journal_ensure_quarter'));
    if to_regclass(name) is not null then
        return name;
    end if;
    execute format('create table %I (like %I including all)', name, parent_name);
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)', parent_name, name,
        (rpad(lpad(to_hex(lower_ms), 12, '0'), 32, '0'))::uuid, (rpad(lpad(to_hex(upper_ms), 12, '0'), 32, '0'))::uuid);
    if frozen then
        execute format('revoke update, delete, truncate on %I from %I', name, '{app}');
    end if;
    return name;
end $$;
"""


def forbid(apps, schema_editor):
    """What is evidence is append-only for the application."""
    role = settings.DATABASE_ROLES["app"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone() is None:
            return
        for table in ("journal_fact", "journal_seal", "journal_leaf", "journal_client_key"):
            cursor.execute(f'revoke update, delete, truncate on {table} from "{role}"')
        cursor.execute(f'revoke insert, update, delete, truncate on journal_partitioned from "{role}"')


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_roles")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(FACT, "drop table journal_fact"),
                migrations.RunSQL(HASH, "drop function journal_fact_hash; drop function journal_place"),
                migrations.RunSQL(
                    QUARTER.replace("{app}", settings.DATABASE_ROLES["app"]),
                    "drop function journal_ensure_quarter; drop table journal_partitioned",
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Fact",
                    fields=[
                        ("subject_id", models.UUIDField()),
                        ("seq", models.IntegerField()),
                        ("pk", models.CompositePrimaryKey("subject_id", "seq", primary_key=True)),
                    ],
                    options={"db_table": "journal_fact", "managed": False},
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fresh",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("subject_kind", models.TextField()),
                ("kind", models.TextField()),
                ("hash", models.BinaryField()),
                ("day", models.DateField()),
                ("department_id", models.UUIDField(null=True)),
                ("item_id", models.UUIDField(null=True)),
                ("item_type", models.TextField(null=True)),
                ("region", models.TextField(null=True)),
                ("channel", models.TextField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("promptness", models.TextField(null=True)),
                ("days_used", models.IntegerField(null=True)),
                ("limit_days", models.IntegerField(null=True)),
            ],
            options={"db_table": "journal_fresh"},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("leaves", models.IntegerField()),
                ("root", models.TextField()),
                ("chain", models.TextField()),
            ],
            options={"db_table": "journal_seal"},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "seal_number",
                        "position",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("seal_number", models.BigIntegerField()),
                ("position", models.IntegerField()),
                ("subject_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "journal_leaf",
                "constraints": [
                    models.UniqueConstraint(fields=("subject_id", "seq"), name="journal_leaf_fact_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientKey",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("subject_id", models.UUIDField()),
                ("body_hash", models.TextField()),
                ("owner", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "journal_client_key"},
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("series", models.TextField(primary_key=True, serialize=False)),
                ("last", models.BigIntegerField()),
            ],
            options={
                "db_table": "journal_series",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", 1)), name="journal_series_counts_up"
                    )
                ],
            },
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
