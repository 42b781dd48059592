"""Signatures of the files of issued reports: kept for ever as they were made."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

KEPT = """
create trigger reports_filesignature_kept before update or delete on reports_filesignature
    for each row execute function reports_refuse_rewriting();
"""
GONE = "drop trigger reports_filesignature_kept on reports_filesignature;"


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_forms")]

    operations = [
        migrations.CreateModel(
            name="FileSignature",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("form", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("sm3", models.CharField(max_length=64)),
                ("size", models.IntegerField()),
                ("signature", models.TextField()),
                ("public_key", models.TextField()),
                ("key_id", models.TextField()),
                ("certificate", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["report", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=["report", "form"], name="signature_once_a_format"),
                    models.CheckConstraint(
                        condition=Q(sha256__regex="^[0-9a-f]{64}$", sm3__regex="^[0-9a-f]{64}$"),
                        name="signature_digests",
                    ),
                    models.CheckConstraint(condition=Q(size__gt=0), name="signature_of_a_file"),
                    models.CheckConstraint(
                        condition=~Q(signature="") & ~Q(public_key="") & ~Q(key_id=""),
                        name="signature_is_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEPT, GONE),
    ]
