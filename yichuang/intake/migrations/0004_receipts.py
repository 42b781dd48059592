from django.conf import settings
from django.db import migrations, models

RECEIPTS = """
create table intake_receipt (
    case_id uuid primary key references cases_case (id) deferrable initially deferred,
    content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
    body text not null
) partition by range (case_id);
insert into journal_partitioned values ('intake_receipt', true);

create table intake_receipt_signature (
    case_id uuid primary key references cases_case (id) deferrable initially deferred,
    key_id text not null check (key_id <> ''),
    algorithm text not null,
    value text not null check (value ~ '^[0-9a-f]+$')
) partition by range (case_id);
insert into journal_partitioned values ('intake_receipt_signature', true);

-- The quarters that exist already get their part at once; later ones come with the others.
do $$
declare
    part record;
begin
    for part in
        select to_timestamp(('x' || substr(lower, 1, 12))::bit(48)::bigint / 1000.0) as at
        from (select replace(substring(pg_get_expr(c.relpartbound, c.oid) from '\\(''([0-9a-f-]+)''\\)'), '-', '') as lower
              from pg_inherits i join pg_class c on c.oid = i.inhrelid
              where i.inhparent = 'intake_application'::regclass) bounds
        where lower is not null
    loop
        perform journal_ensure_quarter('intake_receipt', (part.at at time zone 'Asia/Shanghai')::date);
        perform journal_ensure_quarter('intake_receipt_signature', (part.at at time zone 'Asia/Shanghai')::date);
    end loop;
end $$;
"""
BACK = """
drop table intake_receipt;
drop table intake_receipt_signature;
delete from journal_partitioned where parent in ('intake_receipt', 'intake_receipt_signature');
"""


def forbid(apps, schema_editor):
    """What was handed out is never changed by the application."""
    role = settings.DATABASE_ROLES["app"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone() is not None:
            for table in ("intake_receipt", "intake_receipt_signature"):
                cursor.execute(f'revoke update, delete, truncate on {table} from "{role}"')


class Migration(migrations.Migration):
    """What a receipt proves: fixed in the transaction of the filing, signed once."""

    dependencies = [("intake", "0003_consultation"), ("cases", "0006_exam")]

    operations = [
        migrations.CreateModel(
            name="FixedReceipt",
            fields=[
                ("case_id", models.UUIDField(primary_key=True, serialize=False)),
                ("content_sha256", models.TextField()),
                ("body", models.TextField()),
            ],
            options={"db_table": "intake_receipt", "managed": False},
        ),
        migrations.CreateModel(
            name="ReceiptSignature",
            fields=[
                ("case_id", models.UUIDField(primary_key=True, serialize=False)),
                ("key_id", models.TextField()),
                ("algorithm", models.TextField()),
                ("value", models.TextField()),
            ],
            options={"db_table": "intake_receipt_signature", "managed": False},
        ),
        migrations.RunSQL(RECEIPTS, BACK),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
