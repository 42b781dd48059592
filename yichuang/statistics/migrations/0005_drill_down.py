"""One index of facts in place of another: by day, kind and department, so that the cases behind any cell are read one by one.

Built beside running writers: each partition's index concurrently, then put under the parent's; at last the former one goes.
A migration that was cut off may be run again.
"""

from django.db import migrations

PARENT = "journal_fact_cell"
COLUMNS = "(day, kind, department_id, subject_id)"
PARTITIONS = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'journal_fact'::regclass order by c.relname
"""


def build(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"create index if not exists {PARENT} on only journal_fact {COLUMNS}")
        cursor.execute(PARTITIONS)
        for (name,) in cursor.fetchall():
            index = f"{name}_cell"
            cursor.execute(
                "select i.indisvalid from pg_class c join pg_index i on i.indexrelid = c.oid where c.relname = %s",
                [index],
            )
            known = cursor.fetchone()
            if known == (False,):
                cursor.execute(f'drop index concurrently "{index}"')
            if known != (True,):
                cursor.execute(f'create index concurrently "{index}" on "{name}" {COLUMNS}')
            cursor.execute(f'alter index {PARENT} attach partition "{index}"')
        cursor.execute("set lock_timeout = '5s'")
        cursor.execute("drop index if exists journal_fact_day")
        cursor.execute("reset lock_timeout")


def back(apps, schema_editor):
    schema_editor.execute("create index journal_fact_day on journal_fact (day, kind, subject_id)")
    schema_editor.execute(f"drop index if exists {PARENT}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("statistics", "0004_volume"), ("journal", "0005_views")]
    operations = [migrations.RunPython(build, back)]
