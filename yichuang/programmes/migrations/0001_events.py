import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("title", models.TextField()),
                ("on", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("near", models.TextField(blank=True, default="")),
                ("filed_under", models.DateField()),
                ("words", models.TextField(blank=True, default="")),
                ("result", models.TextField(blank=True, default="")),
                ("source", models.TextField(blank=True, default="")),
                ("texts", models.JSONField(default=dict)),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("state", models.TextField(default="recorded")),
                ("reason", models.TextField(blank=True, default="")),
                ("edit", models.IntegerField(default=1)),
                ("recorded_by_name", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("changed_by_name", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("key", models.TextField(unique=True)),
                ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventFigure",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField()),
                ("value", models.DecimalField(decimal_places=4, max_digits=17)),
                ("mark", models.TextField(default="exact")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="programmes.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventFile",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("kind", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.IntegerField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("removed_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="programmes.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("act", models.TextField()),
                ("content", models.JSONField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="programmes.event",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["-filed_under", "-id"], name="event_filed"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["department", "-filed_under", "-id"], name="event_department"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="event_search"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "meeting",
                            "training",
                            "competition",
                            "study_visit",
                            "guidance",
                            "coaching",
                            "publication",
                            "rule_change",
                            "reform",
                            "moving_in",
                            "archive",
                            "education",
                            "hall_campaign",
                            "coordination",
                            "other",
                        ],
                    )
                ),
                name="event_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["recorded", "cancelled"])), name="event_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="event_has_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True),
                    models.Q(("on__isnull", False), ("until__gte", models.F("on"))),
                    _connector="OR",
                ),
                name="event_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("on__isnull", False), models.Q(("near", ""), _negated=True), _connector="OR"
                ),
                name="event_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "cancelled"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="event_cancelled_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventfigure",
            constraint=models.UniqueConstraint(fields=("event", "code"), name="event_figure_once"),
        ),
        migrations.AddConstraint(
            model_name="eventfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="event_figure_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(("mark__in", ["exact", "over", "about"])), name="event_figure_mark"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="event_file_hash"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gt", 0)), name="event_file_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventversion",
            constraint=models.UniqueConstraint(fields=("event", "number"), name="event_version_once"),
        ),
        migrations.AddConstraint(
            model_name="eventversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="event_version_from_one"
            ),
        ),
    ]
