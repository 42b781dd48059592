"""Drafts, figures and photos of contributions; offers of the registers that were used; the numbers of a text."""

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

FROZEN = """
create trigger reports_figure_field_frozen before insert or update or delete on reports_figurefield
    for each row execute function reports_refuse_change_below();
create trigger reports_offer_use_frozen before insert or update or delete on reports_offeruse
    for each row execute function reports_refuse_change_below();
"""
THAWED = """
drop trigger reports_figure_field_frozen on reports_figurefield;
drop trigger reports_offer_use_frozen on reports_offeruse;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_frozen_whole"), ("directory", "0002_capabilities")]

    operations = [
        migrations.CreateModel(
            name="ContributionDraft",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("author_id", models.UUIDField()),
                ("data", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="directory.department"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["author_id", "-at"], name="contribution_draft_author")],
            },
        ),
        migrations.CreateModel(
            name="ContributionFigure",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("label", models.TextField()),
                ("value", models.DecimalField(decimal_places=6, max_digits=30)),
                ("unit", models.TextField(blank=True)),
                ("as_of", models.DateField()),
                ("source", models.TextField(blank=True)),
                ("code", models.TextField(blank=True)),
                ("address", models.TextField(blank=True)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="reports.contribution",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contribution", "position"), name="contribution_figure_position_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("label", ""), _negated=True), name="contribution_figure_says_what"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", ""), _negated=True),
                            models.Q(("code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="contribution_figure_has_a_source",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContributionPhoto",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("size", models.BigIntegerField()),
                ("caption", models.TextField(blank=True)),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="reports.contribution",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contribution", "position"), name="contribution_photo_position_once"
                    ),
                    models.UniqueConstraint(
                        fields=("contribution", "sha256"), name="contribution_photo_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["jpeg", "png"])), name="contribution_photo_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)), name="contribution_photo_has_content"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FigureField",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("item_id", models.TextField()),
                ("ordinal", models.IntegerField()),
                ("printed", models.TextField()),
                ("before", models.TextField(blank=True)),
                ("after", models.TextField(blank=True)),
                ("value", models.DecimalField(decimal_places=6, max_digits=30)),
                ("unit", models.TextField(blank=True)),
                ("kind", models.TextField(default="unbound")),
                ("label", models.TextField(blank=True)),
                ("code", models.TextField(blank=True)),
                ("address", models.TextField(blank=True)),
                ("as_of", models.DateField(null=True)),
                ("source", models.TextField(blank=True)),
                ("stated", models.DecimalField(decimal_places=6, max_digits=30, null=True)),
                ("first_day", models.DateField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField(blank=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figure_fields",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "ordering": ["item_id", "ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("report", "item_id", "ordinal"),
                        name="figure_field_place_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["unbound", "register", "typed", "contribution"])),
                        name="figure_field_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "unbound"),
                            models.Q(
                                ("as_of__isnull", False),
                                ("kind", "register"),
                                ("stated__isnull", False),
                                models.Q(("code", ""), _negated=True),
                            ),
                            models.Q(
                                ("as_of__isnull", False),
                                ("kind__in", ["typed", "contribution"]),
                                models.Q(("source", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="figure_field_bound_has_its_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ordinal__gte", 0)), name="figure_field_ordinal"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfferUse",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("key", models.TextField()),
                ("register", models.TextField()),
                ("topic", models.TextField()),
                ("text", models.TextField()),
                ("address", models.TextField()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("state", models.TextField()),
                ("section", models.TextField(blank=True)),
                ("item_id", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                ("client_key", models.TextField(unique=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="offer_uses",
                        to="reports.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "key"), name="offer_used_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "used"), models.Q(("item_id", ""), _negated=True)),
                            models.Q(("state", "hidden"), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="offer_used_or_hidden_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))), name="offer_period"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FROZEN, THAWED),
    ]
