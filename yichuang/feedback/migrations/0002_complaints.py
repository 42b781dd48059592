"""Complaints, who brought them, the words of each step."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_ratings")]
    operations = [
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.TextField(unique=True)),
                ("kind", models.TextField()),
                ("way", models.TextField()),
                ("words", models.TextField()),
                ("case_number", models.TextField(blank=True, default="")),
                ("state", models.TextField(default="received")),
                ("seq", models.IntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("received_on", models.DateField()),
                ("due_on", models.DateField()),
                ("limit_source", models.TextField()),
                ("taken_by_id", models.UUIDField(null=True)),
                ("reply", models.TextField(blank=True, default="")),
                ("replied_by_id", models.UUIDField(null=True)),
                ("replied_on", models.DateField(null=True)),
                ("reviewed_by_id", models.UUIDField(null=True)),
                ("ended_on", models.DateField(null=True)),
                ("reopened", models.BooleanField(default=False)),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ComplaintContact",
            fields=[
                (
                    "complaint",
                    models.OneToOneField(
                        on_delete=models.PROTECT,
                        primary_key=True,
                        related_name="contact",
                        serialize=False,
                        to="feedback.complaint",
                    ),
                ),
                ("name", models.TextField(blank=True, default="")),
                ("phone", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="ComplaintNote",
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
                ("by_name", models.TextField(blank=True, default="")),
                ("own", models.BooleanField(default=False)),
                (
                    "complaint",
                    models.ForeignKey(
                        on_delete=models.PROTECT,
                        related_name="notes",
                        to="feedback.complaint",
                    ),
                ),
            ],
            options={
                "ordering": ["-seq"],
            },
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["-at", "-id"], name="complaint_newest"),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["received_on"], name="complaint_received"),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("state__in", ["received", "assigned", "reopened"])),
                fields=["due_on"],
                name="complaint_unanswered",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["question", "complaint", "report", "proposal", "stuck"])),
                name="complaint_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["online", "phone", "window"])), name="complaint_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["received", "assigned", "replied", "reopened", "closed", "rejected"])
                ),
                name="complaint_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="complaint_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by_id__isnull", True),
                    models.Q(("reviewed_by_id", models.F("replied_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="complaint_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["replied", "closed"]), _negated=True),
                    models.Q(
                        ("department__isnull", False),
                        ("replied_on__isnull", False),
                        models.Q(("reply", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="complaint_replied_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "reopened"), _negated=True), ("reopened", True), _connector="OR"
                ),
                name="complaint_reopened_said",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaintnote",
            constraint=models.UniqueConstraint(fields=("complaint", "seq"), name="complaint_note_once"),
        ),
    ]
