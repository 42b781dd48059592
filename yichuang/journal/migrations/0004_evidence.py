from django.conf import settings
from django.db import migrations, models


def append_only(apps, schema_editor):
    """What was published, and when, is evidence: the application adds to it and changes nothing."""
    role = settings.DATABASE_ROLES["app"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone() is not None:
            cursor.execute(f'revoke update, delete, truncate on journal_publication from "{role}"')


class Migration(migrations.Migration):
    """Seals name their hash; what left the house, where and when; a fact is found by its hash."""

    dependencies = [("journal", "0003_quantity")]

    operations = [
        migrations.AddField("seal", "algorithm", models.TextField(default="sha256", db_default="sha256")),
        migrations.AddConstraint(
            "seal",
            models.CheckConstraint(
                condition=models.Q(algorithm__in=["sha256", "sm3"]), name="journal_seal_known_hash"
            ),
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "place", "seal_number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.TextField()),
                ("seal_number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("key_id", models.TextField()),
                ("signature", models.TextField()),
            ],
            options={
                "db_table": "journal_publication",
                "indexes": [models.Index(fields=["seal_number"], name="journal_publication_seal")],
            },
        ),
        migrations.AddIndex("leaf", models.Index(fields=["hash"], name="journal_leaf_hash")),
        migrations.RunPython(append_only, migrations.RunPython.noop),
    ]
