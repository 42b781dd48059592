import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_capabilities"),
        ("halls", "0002_rounds"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyVisit",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("person", models.TextField()),
                ("post", models.TextField(blank=True, default="")),
                ("window", models.TextField(blank=True, default="")),
                ("on", models.DateField(null=True)),
                ("on_text", models.TextField(blank=True, default="")),
                ("day", models.DateField()),
                (
                    "cases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("certificates", models.IntegerField(default=0)),
                ("consultations", models.IntegerField(default=0)),
                ("note", models.TextField(blank=True, default="")),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by_name", models.TextField()),
                ("cancelled_reason", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Requirement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("words", models.TextField()),
                ("answering", models.TextField(blank=True, default="")),
                ("laid_down_on", models.DateField()),
                ("due_on", models.DateField()),
                ("state", models.TextField(default="laid_down")),
                ("seq", models.IntegerField(default=1)),
                ("reported_by_id", models.UUIDField(null=True)),
                ("closed_by_id", models.UUIDField(null=True)),
                ("result", models.TextField(blank=True, default="")),
                ("closed_on", models.DateField(null=True)),
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
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requirements",
                        to="halls.dutyvisit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RequirementNote",
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
                    "requirement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="halls.requirement",
                    ),
                ),
            ],
            options={
                "ordering": ["-seq"],
            },
        ),
        migrations.CreateModel(
            name="DutyPlan",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("year", models.IntegerField()),
                ("visits", models.IntegerField()),
                ("who", models.TextField(blank=True, default="")),
                ("when", models.TextField(blank=True, default="")),
                ("edit", models.IntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                ("changed_by_name", models.TextField()),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
            ],
            options={
                "ordering": ["year", "department_id"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "department"), name="duty_plan_once"),
                    models.CheckConstraint(
                        condition=models.Q(("visits__gte", 0), ("visits__lte", 366)), name="duty_plan_visits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2018), ("year__lte", 2099)), name="duty_plan_year"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="dutyvisit",
            index=models.Index(fields=["-day", "-id"], name="duty_visit_newest"),
        ),
        migrations.AddIndex(
            model_name="dutyvisit",
            index=models.Index(fields=["department", "-day"], name="duty_visit_department"),
        ),
        migrations.AddConstraint(
            model_name="dutyvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("person", ""), _negated=True), name="duty_visit_names_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("day", models.F("on")), ("on__isnull", False)),
                    models.Q(("on__isnull", True), models.Q(("on_text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="duty_visit_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyvisit",
            constraint=models.CheckConstraint(
                condition=models.Q(("certificates__gte", 0), ("consultations__gte", 0)),
                name="duty_visit_counts",
            ),
        ),
        migrations.AddIndex(
            model_name="requirement",
            index=models.Index(
                condition=models.Q(("state__in", ["laid_down", "doing"])),
                fields=["due_on"],
                name="requirement_undone",
            ),
        ),
        migrations.AddIndex(
            model_name="requirement",
            index=models.Index(fields=["-laid_down_on", "-id"], name="requirement_newest"),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.UniqueConstraint(fields=("visit", "position"), name="requirement_place_once"),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["laid_down", "doing", "done", "closed", "withdrawn"])),
                name="requirement_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="requirement_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("laid_down_on"))),
                name="requirement_due_after_laid_down",
            ),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_by_id__isnull", True),
                    models.Q(("closed_by_id", models.F("reported_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="requirement_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="requirement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(
                        ("closed_by_id__isnull", False),
                        ("closed_on__isnull", False),
                        models.Q(("result", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="requirement_closed_with_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="requirementnote",
            constraint=models.UniqueConstraint(fields=("requirement", "seq"), name="requirement_note_once"),
        ),
    ]
