import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

KEPT = """
create function reports_keep_errata() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.printed_in_id is not null
       or (to_jsonb(new) - array['printed_in_id', 'withdrawn_at', 'withdrawn_by_name', 'withdrawn_reason'])
          is distinct from
          (to_jsonb(old) - array['printed_in_id', 'withdrawn_at', 'withdrawn_by_name', 'withdrawn_reason']) then
        raise exception 'a correction is never rewritten' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$;
create trigger reports_erratum_kept before update or delete on reports_erratum
    for each row execute function reports_keep_errata();
create trigger reports_formversion_kept before update or delete on reports_formversion
    for each row execute function reports_refuse_rewriting();
"""
GONE = """
drop trigger reports_formversion_kept on reports_formversion;
drop trigger reports_erratum_kept on reports_erratum;
drop function reports_keep_errata();
"""


class Migration(migrations.Migration):
    """Corrections of printed issues, and the history of forms."""

    dependencies = [("reports", "0005_tracking")]

    operations = [
        migrations.CreateModel(
            name="Erratum",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("passage", models.TextField()),
                ("old", models.TextField()),
                ("new", models.TextField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by_name", models.TextField(blank=True, default="")),
                ("withdrawn_reason", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                (
                    "figure",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="reports.printedfigure",
                    ),
                ),
                (
                    "printed_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata_printed",
                        to="reports.report",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(old=F("new")), name="erratum_changes_something"),
                    models.CheckConstraint(
                        condition=~Q(old="") & ~Q(new="") & ~Q(reason="") & ~Q(passage=""),
                        name="erratum_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=Q(printed_in__isnull=True) | Q(withdrawn_at__isnull=True),
                        name="erratum_printed_is_not_withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=Q(printed_in__isnull=True) | ~Q(printed_in=F("report")),
                        name="erratum_in_another_issue",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("name", models.TextField()),
                ("data", models.JSONField()),
                ("opens", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="reports.reportform",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=["form", "number"], name="form_version_once")],
            },
        ),
        migrations.RunSQL(KEPT, GONE),
    ]
