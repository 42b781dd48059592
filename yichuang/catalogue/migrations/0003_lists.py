"""Licence lists, legal texts with their versions, and the reviews of guides that follow from them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_authorisations"), ("directory", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LegalText",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("title_key", models.TextField(unique=True)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
            options={
                "ordering": ["title"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title_key", ""), _negated=True), name="legal_text_has_title"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("change", models.TextField()),
                ("document_number", models.TextField()),
                ("issued_on", models.DateField()),
                ("effective_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                (
                    "articles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="catalogue.legaltext",
                    ),
                ),
            ],
            options={
                "ordering": ["-effective_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="LicenceList",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.TextField()),
                ("document_number", models.TextField()),
                ("issued_on", models.DateField()),
                ("effective_on", models.DateField()),
                ("expires_on", models.DateField(null=True)),
                ("state", models.TextField(default="draft")),
                ("edit", models.IntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("registered_at", models.DateTimeField(null=True)),
                ("registered_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.region"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("name", models.TextField()),
                ("name_key", models.TextField()),
                ("department_name", models.TextField()),
                ("legal_basis", models.TextField(blank=True, default="")),
                (
                    "listed_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="catalogue.licencelist",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="ReviewTask",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("transfer_id", models.UUIDField(null=True)),
                ("why", models.TextField()),
                ("due_on", models.DateField()),
                ("state", models.TextField(default="open")),
                ("edit", models.IntegerField(default=1)),
                ("reason", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_name", models.TextField(blank=True, default="")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="catalogue.item",
                    ),
                ),
                (
                    "law",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="catalogue.legalversion",
                    ),
                ),
                (
                    "listed_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="catalogue.licencelist",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.account",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.guideversion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="legalversion",
            constraint=models.UniqueConstraint(
                fields=("text", "document_number"), name="legal_version_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("change__in", ["new", "amended", "repealed"])),
                name="legal_version_known_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("document_number", ""), _negated=True), name="legal_version_has_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_on__gte", models.F("issued_on")),
                    models.Q(
                        ("expires_on__isnull", True),
                        ("expires_on__gte", models.F("effective_on")),
                        _connector="OR",
                    ),
                ),
                name="legal_version_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencelist",
            constraint=models.UniqueConstraint(
                fields=("region", "document_number"), name="licence_list_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="licencelist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True), models.Q(("document_number", ""), _negated=True)
                ),
                name="licence_list_said_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencelist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("effective_on__gte", models.F("issued_on")),
                    models.Q(
                        ("expires_on__isnull", True),
                        ("expires_on__gte", models.F("effective_on")),
                        _connector="OR",
                    ),
                ),
                name="licence_list_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="licencelist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("registered_at__isnull", True),
                        ("state", "draft"),
                    ),
                    models.Q(
                        ("registered_at__isnull", False),
                        ("state", "registered"),
                    ),
                    _connector="OR",
                ),
                name="licence_list_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.UniqueConstraint(
                fields=("listed_in", "position"), name="list_entry_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.UniqueConstraint(fields=("listed_in", "name_key"), name="list_entry_name_once"),
        ),
        migrations.AddConstraint(
            model_name="listentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True), models.Q(("name_key", ""), _negated=True)
                ),
                name="list_entry_has_name",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewtask",
            index=models.Index(fields=["state", "due_on", "id"], name="review_due"),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.UniqueConstraint(fields=("item", "listed_in"), name="review_once_a_list"),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.UniqueConstraint(fields=("item", "law"), name="review_once_a_law"),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.UniqueConstraint(fields=("item", "transfer_id"), name="review_once_a_transfer"),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("law__isnull", True), ("listed_in__isnull", False), ("transfer_id__isnull", True)
                    ),
                    models.Q(
                        ("law__isnull", False), ("listed_in__isnull", True), ("transfer_id__isnull", True)
                    ),
                    models.Q(
                        ("law__isnull", True), ("listed_in__isnull", True), ("transfer_id__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="review_has_one_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True),
                        ("state", "open"),
                        ("version__isnull", True),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "done"),
                        ("version__isnull", False),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("state", "not_affected"),
                        ("version__isnull", True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_answered_whole",
            ),
        ),
    ]
