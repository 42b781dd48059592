from uuid import NAMESPACE_OID, uuid5

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from yichuang.halls.fixtures import inspection_terms


def begin_lists(apps, schema_editor):
    """The lists with which the inspection of a new installation begins; afterwards they are kept on their page."""
    term = apps.get_model("halls", "InspectionTerm")
    for row in inspection_terms():
        name = f"yichuang:inspection:{row['register']}:{row['code']}"
        term.objects.create(id=uuid5(NAMESPACE_OID, name), **row)


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_capabilities"),
        ("halls", "0001_windows"),
    ]

    operations = [
        migrations.CreateModel(
            name="HallRound",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("inspector_id", models.UUIDField()),
                ("inspector_name", models.TextField()),
                (
                    "windows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("draft", models.JSONField(default=dict)),
                ("key", models.TextField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("window", models.TextField(blank=True, default="")),
                ("words", models.TextField()),
                ("answering", models.TextField(blank=True, default="")),
                ("found_at", models.DateTimeField()),
                ("found_on", models.DateField()),
                ("found_by_id", models.UUIDField()),
                ("found_by_name", models.TextField()),
                ("due_on", models.DateField()),
                ("state", models.TextField(default="found")),
                ("seq", models.IntegerField(default=1)),
                ("rectified_by_id", models.UUIDField(null=True)),
                ("rectified_by_name", models.TextField(blank=True, default="")),
                ("rectified_on", models.DateField(null=True)),
                ("rechecked_by_id", models.UUIDField(null=True)),
                ("rechecked_by_name", models.TextField(blank=True, default="")),
                ("withdrawn_reason", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="halls.hallround",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FindingNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.IntegerField()),
                ("fact", models.TextField()),
                ("words", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="halls.finding"
                    ),
                ),
            ],
            options={
                "ordering": ["-seq"],
            },
        ),
        migrations.CreateModel(
            name="FindingPhoto",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("stage", models.TextField()),
                ("kind", models.TextField()),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="halls.finding"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="InspectionTerm",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("register", models.TextField()),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("every_minutes", models.IntegerField(null=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_until", models.DateField(null=True)),
                ("position", models.IntegerField(default=0)),
                ("edit", models.IntegerField(default=1)),
            ],
            options={
                "ordering": ["register", "position", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("register", "code"), name="inspection_term_once"),
                    models.CheckConstraint(
                        condition=models.Q(("register__in", ["kind", "heading", "category"])),
                        name="inspection_term_register",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("code", ""), _negated=True)
                        ),
                        name="inspection_term_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="inspection_term_validity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every_minutes__isnull", True),
                            models.Q(
                                ("every_minutes__gte", 1), ("every_minutes__lte", 1440), ("register", "kind")
                            ),
                            _connector="OR",
                        ),
                        name="inspection_term_interval",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="hallround",
            name="kind",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="halls.inspectionterm"
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="halls.inspectionterm"
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="heading",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="halls.inspectionterm"
            ),
        ),
        migrations.CreateModel(
            name="RoundResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outcome", models.TextField()),
                (
                    "heading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="halls.inspectionterm",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="halls.hallround",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="findingnote",
            constraint=models.UniqueConstraint(fields=("finding", "seq"), name="finding_note_once"),
        ),
        migrations.AddConstraint(
            model_name="findingphoto",
            constraint=models.UniqueConstraint(
                fields=("finding", "stage", "sha256"), name="finding_photo_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="findingphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["found", "rectified", "rechecked"])),
                name="finding_photo_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="findingphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["jpeg", "png"])), name="finding_photo_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="findingphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="finding_photo_hash"
            ),
        ),
        migrations.AddIndex(
            model_name="hallround",
            index=models.Index(fields=["-started_at", "-id"], name="hall_round_newest"),
        ),
        migrations.AddIndex(
            model_name="hallround",
            index=models.Index(fields=["day"], name="hall_round_day"),
        ),
        migrations.AddConstraint(
            model_name="hallround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"
                ),
                name="hall_round_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="hallround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("inspector_id",),
                name="hall_round_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["-found_at", "-id"], name="finding_newest"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["department", "-found_at"], name="finding_department"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["found_on"], name="finding_found_on"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("state__in", ["found", "notified", "rectifying", "failed"])),
                fields=["due_on"],
                name="finding_unrectified",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["found", "notified", "rectifying", "rectified", "passed", "failed", "withdrawn"],
                    )
                ),
                name="finding_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="finding_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("found_on"))), name="finding_due_after_found"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rechecked_by_id__isnull", True),
                    models.Q(("rechecked_by_id", models.F("rectified_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="finding_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["rectified", "passed"]), _negated=True),
                    models.Q(("rectified_by_id__isnull", False), ("rectified_on__isnull", False)),
                    _connector="OR",
                ),
                name="finding_rectified_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["passed", "failed"]), _negated=True),
                    ("rechecked_by_id__isnull", False),
                    _connector="OR",
                ),
                name="finding_rechecked_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("withdrawn_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="finding_withdrawn_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="roundresult",
            constraint=models.UniqueConstraint(fields=("round", "heading"), name="round_heading_once"),
        ),
        migrations.AddConstraint(
            model_name="roundresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["good", "found"])), name="round_result_outcome"
            ),
        ),
        migrations.RunPython(begin_lists, migrations.RunPython.noop),
    ]
