"""Webhooks, and what became of each post."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("address", models.TextField()),
                (
                    "departments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("secret_no", models.IntegerField(default=1)),
                ("state", models.TextField(default="active")),
                ("seal", models.BigIntegerField()),
                ("position", models.IntegerField(default=-1)),
                ("told", models.BigIntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("trouble", models.TextField(blank=True, default="")),
                ("edit", models.IntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("made_by_name", models.TextField()),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "db_table": "exchange_webhook",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused", "suspended"])),
                        name="webhook_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("address", ""), _negated=True),
                            models.Q(("kinds", []), _negated=True),
                        ),
                        name="webhook_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", -1), ("seal__gte", 0)), name="webhook_place"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failing_since__isnull", True), ("failures", 0)),
                            models.Q(("failing_since__isnull", False), ("failures__gte", 1)),
                            _connector="OR",
                        ),
                        name="webhook_failures_have_a_beginning",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookPost",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("first_place", models.TextField()),
                ("facts", models.IntegerField()),
                ("status", models.IntegerField()),
                ("trouble", models.TextField(blank=True, default="")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="exchange.webhook",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_webhookpost",
                "indexes": [models.Index(fields=["webhook", "-id"], name="webhookpost_newest")],
            },
        ),
    ]
