"""Authorisation of the one-stop window, and delegation to parks and districts."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial"), ("directory", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("from_day", models.DateField()),
                ("document_number", models.TextField()),
                ("basis", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("withdrawn_from", models.DateField(null=True)),
                ("withdrawn_reason", models.TextField(blank=True, default="")),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(null=True)),
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
                        related_name="authorisations",
                        to="catalogue.item",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "item"), name="authorisation_key_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_from__isnull", True)),
                        fields=("item",),
                        name="authorisation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("document_number", ""), _negated=True),
                        name="authorisation_has_document",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True),
                                ("withdrawn_from__isnull", True),
                                ("withdrawn_reason", ""),
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_from__gte", models.F("from_day")),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="authorisation_withdrawn_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("level", models.TextField()),
                ("receiver", models.TextField()),
                ("scope", models.TextField()),
                ("address", models.TextField(blank=True, default="")),
                ("from_day", models.DateField()),
                ("until_day", models.DateField(null=True)),
                ("document_number", models.TextField()),
                ("basis", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("ended_reason", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(null=True, unique=True)),
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
                        related_name="delegations",
                        to="catalogue.item",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.region",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["item", "from_day"], name="delegation_item")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["integrated", "devolved", "entrusted"])),
                        name="delegation_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["park", "prefecture", "county", "township"])),
                        name="delegation_known_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("receiver", ""), _negated=True),
                            models.Q(("scope", ""), _negated=True),
                            models.Q(("document_number", ""), _negated=True),
                        ),
                        name="delegation_said_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_day__isnull", True),
                            ("until_day__gte", models.F("from_day")),
                            _connector="OR",
                        ),
                        name="delegation_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_reason", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("until_day__isnull", False),
                                models.Q(("ended_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="delegation_ended_with_reason",
                    ),
                ],
            },
        ),
    ]
