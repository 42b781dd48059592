from django.conf import settings
from django.db import migrations

VIEW = """
create table journal_view (
    id uuid primary key,
    at timestamptz not null,
    kind text not null check (kind in ('case', 'file', 'search', 'reveal')),
    subject_id uuid not null,
    label text not null,
    detail text not null default '',
    fields text not null default '',
    reason text not null default '',
    viewer_id uuid not null,
    viewer_name text not null,
    post text not null,
    department_id uuid,
    address text not null default '',
    constraint journal_view_reveal_has_reason check (kind <> 'reveal' or (reason <> '' and fields <> ''))
) partition by range (id);
create index journal_view_subject on journal_view (subject_id, id desc);
create index journal_view_viewer on journal_view (viewer_id, id desc);
insert into journal_partitioned values ('journal_view', true);
"""


def append_only(apps, schema_editor):
    """Whoever looked cannot unlook: the application adds to the log and changes nothing."""
    role = settings.DATABASE_ROLES["app"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone() is not None:
            cursor.execute(f'revoke update, delete, truncate on journal_view from "{role}"')


class Migration(migrations.Migration):
    """Who looked at personal data, when and why: append-only."""

    dependencies = [("journal", "0004_evidence")]

    operations = [
        migrations.RunSQL(
            VIEW, "delete from journal_partitioned where parent = 'journal_view'; drop table journal_view"
        ),
        migrations.RunPython(append_only, migrations.RunPython.noop),
    ]
