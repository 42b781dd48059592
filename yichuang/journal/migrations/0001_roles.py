"""Database roles first: whatever is created later is granted by these default privileges.

The application reads and writes rows, reports and audits only read. The roles themselves are made by whoever
administers the server (`make run` does it for the private one); a role that is missing is passed over.
"""

from django.conf import settings
from django.db import migrations

READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"


def grant(apps, schema_editor):
    for role, rights in (("app", READ_WRITE), ("report", "SELECT"), ("audit", "SELECT")):
        name = settings.DATABASE_ROLES[role]
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", [name])
            if cursor.fetchone() is None:
                continue
            cursor.execute(f'grant usage on schema public to "{name}"')
            cursor.execute(f'alter default privileges in schema public grant {rights} on tables to "{name}"')
            if role == "app":
                cursor.execute(
                    f'alter default privileges in schema public grant usage, select on sequences to "{name}"'
                )


class Migration(migrations.Migration):
    initial = True
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("procrastinate", "0001_initial"),
        ("axes", "0001_initial"),
        ("workdays", "0001_calendar_and_clock"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
