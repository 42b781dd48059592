import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Opinions of other departments, expert reviews, surveys, materials that follow."""

    dependencies = [("cases", "0003_handling"), ("directory", "0004_experts")]

    operations = [
        migrations.CreateModel(
            name="ExpertReview",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
                ("case_number", models.TextField()),
                ("department_id", models.UUIDField()),
                ("field", models.TextField()),
                ("wanted", models.IntegerField()),
                ("reserve", models.IntegerField()),
                ("question", models.TextField()),
                ("head_number", models.BigIntegerField()),
                ("head_chain", models.TextField()),
                ("seed", models.CharField(max_length=64)),
                ("pool", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("excluded", models.JSONField(default=list)),
                ("drawn_at", models.DateTimeField()),
                ("drawn_by_name", models.TextField()),
                ("due_on", models.DateField()),
                ("state", models.TextField(default="open")),
                ("edit", models.IntegerField(default=1)),
                ("verdict", models.TextField(blank=True, default="")),
                ("conclusion", models.TextField(blank=True, default="")),
                ("quorum_reason", models.TextField(blank=True, default="")),
                ("closed_on", models.DateField(null=True)),
                ("closed_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "db_table": "cases_expert_review",
                "indexes": [models.Index(fields=["case_id", "id"], name="review_case")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "closed", "cancelled"])),
                        name="review_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reserve__gte", 0), ("reserve__lte", 15), ("wanted__gte", 1), ("wanted__lte", 15)
                        ),
                        name="review_places",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seed__regex", "^[0-9a-f]{64}$")), name="review_seed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(
                                ("closed_on__isnull", False),
                                ("verdict__in", ["passed", "revise", "fail"]),
                                models.Q(("conclusion", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="review_closed_with_conclusion",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("case_id", "field"),
                        name="review_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
                ("case_number", models.TextField()),
                ("item_name", models.TextField()),
                ("lead_department_id", models.UUIDField()),
                ("department_id", models.UUIDField()),
                ("question", models.TextField()),
                (
                    "shares",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("days", models.IntegerField()),
                ("asked_on", models.DateField()),
                ("due_on", models.DateField()),
                ("state", models.TextField(default="asked")),
                ("edit", models.IntegerField(default=1)),
                ("asked_by_id", models.UUIDField()),
                ("asked_by_name", models.TextField()),
                ("stance", models.TextField(blank=True, default="")),
                ("reasons", models.TextField(blank=True, default="")),
                ("answered_on", models.DateField(null=True)),
                ("answered_by_name", models.TextField(blank=True, default="")),
                ("file_name", models.TextField(blank=True, default="")),
                ("file_kind", models.TextField(blank=True, default="")),
                ("file_sha256", models.TextField(blank=True, default="")),
                ("reminders", models.IntegerField(default=0)),
                ("ruling", models.TextField(blank=True, default="")),
                ("ruled_on", models.DateField(null=True)),
                ("ruled_by_name", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "db_table": "cases_opinion",
                "indexes": [
                    models.Index(fields=["case_id", "id"], name="opinion_case"),
                    models.Index(fields=["department_id", "-id"], name="opinion_department"),
                    models.Index(
                        condition=models.Q(("state", "asked")), fields=["due_on"], name="opinion_waiting"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "silent", "answered", "withdrawn"])),
                        name="opinion_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_on__isnull", False),
                                ("stance__in", ["agree", "conditional", "disagree"]),
                                ("state", "answered"),
                                models.Q(("reasons", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "answered"), _negated=True),
                                ("answered_on__isnull", True),
                                ("stance", ""),
                            ),
                            _connector="OR",
                        ),
                        name="opinion_answered_has_stance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("question", ""), _negated=True), ("due_on__gt", models.F("asked_on"))
                        ),
                        name="opinion_asks",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ruled_on__isnull", True), ("ruling", "")),
                            models.Q(models.Q(("ruling", ""), _negated=True), ("ruled_on__isnull", False)),
                            _connector="OR",
                        ),
                        name="opinion_ruled_with_reasons",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("department_id", models.F("lead_department_id")), _negated=True),
                        name="opinion_of_another_department",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "silent"])),
                        fields=("case_id", "department_id"),
                        name="opinion_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
                ("case_number", models.TextField()),
                ("item_name", models.TextField()),
                ("applicant_id", models.UUIDField()),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("accepted_on", models.DateField()),
                ("promised_on", models.DateField()),
                ("put_off_from", models.DateField(null=True)),
                ("put_off_reason", models.TextField(blank=True, default="")),
                ("received_on", models.DateField(null=True)),
                ("received_how", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "cases_pending",
                "indexes": [
                    models.Index(
                        condition=models.Q(("received_on__isnull", True)),
                        fields=["promised_on", "id"],
                        name="pending_promised",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case_id", "code"), name="pending_once_a_case"),
                    models.CheckConstraint(
                        condition=models.Q(("promised_on__gt", models.F("accepted_on"))),
                        name="pending_promised_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("put_off_from__isnull", True), ("put_off_reason", "")),
                            models.Q(
                                ("put_off_from__lt", models.F("promised_on")),
                                models.Q(("put_off_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="pending_put_off_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("received_how", ""), ("received_on__isnull", True)),
                            models.Q(
                                ("received_how__in", ["online", "window"]), ("received_on__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="pending_received_somehow",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewerNote",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("case_id", models.UUIDField()),
                ("fact", models.TextField()),
                ("body", models.TextField()),
                ("salt", models.TextField()),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
            ],
            options={
                "db_table": "cases_reviewer_note",
                "indexes": [models.Index(fields=["case_id", "at"], name="reviewer_note_case")],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("case_id", models.UUIDField()),
                ("case_number", models.TextField()),
                ("department_id", models.UUIDField()),
                ("planned_on", models.DateField()),
                ("place", models.TextField()),
                (
                    "officers",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                (
                    "officer_names",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                (
                    "signed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
                ("state", models.TextField(default="planned")),
                ("edit", models.IntegerField(default=1)),
                ("conform", models.BooleanField(null=True)),
                ("conclusion", models.TextField(blank=True, default="")),
                ("visited_on", models.DateField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("key", models.TextField(unique=True)),
            ],
            options={
                "db_table": "cases_survey",
                "indexes": [models.Index(fields=["case_id", "id"], name="survey_case")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["planned", "recorded", "closed", "cancelled"])),
                        name="survey_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("officers__len__gte", 2),
                            models.Q(("officers__0", models.F("officers__1")), _negated=True),
                        ),
                        name="survey_two_officers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(
                                ("conform__isnull", False),
                                ("signed__contained_by", models.F("officers")),
                                ("signed__len__gte", 2),
                                ("visited_on__isnull", False),
                                models.Q(("signed__0", models.F("signed__1")), _negated=True),
                                models.Q(("conclusion", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="survey_closed_by_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewSeat",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("state", models.TextField()),
                ("drawn_on", models.DateField()),
                ("stood_down", models.TextField(blank=True, default="")),
                ("verdict", models.TextField(blank=True, default="")),
                ("score", models.IntegerField(null=True)),
                ("opinion", models.TextField(blank=True, default="")),
                ("answered_on", models.DateField(null=True)),
                ("file_name", models.TextField(blank=True, default="")),
                ("file_kind", models.TextField(blank=True, default="")),
                ("file_sha256", models.TextField(blank=True, default="")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.expert"
                    ),
                ),
                (
                    "instead_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.reviewseat",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="cases.expertreview",
                    ),
                ),
            ],
            options={
                "db_table": "cases_review_seat",
                "ordering": ["position"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["drawn", "answered"])),
                        fields=["expert", "drawn_on"],
                        name="seat_busy",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("review", "position"), name="seat_position_once"),
                    models.UniqueConstraint(fields=("review", "expert"), name="seat_expert_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["drawn", "reserve", "stood_down", "answered"])),
                        name="seat_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "answered"),
                                ("verdict__in", ["passed", "revise", "fail"]),
                                models.Q(("opinion", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "answered"), _negated=True),
                                ("opinion", ""),
                                ("verdict", ""),
                            ),
                            _connector="OR",
                        ),
                        name="seat_answered_has_verdict",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score__isnull", True),
                            models.Q(("score__gte", 0), ("score__lte", 100)),
                            _connector="OR",
                        ),
                        name="seat_score",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyPhoto",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="cases.survey"
                    ),
                ),
            ],
            options={
                "db_table": "cases_survey_photo",
                "ordering": ["at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "sha256"), name="survey_photo_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["jpeg", "png"])), name="survey_photo_kind"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyPoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("text", models.TextField()),
                ("conform", models.BooleanField(null=True)),
                ("found", models.TextField(blank=True, default="")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="points", to="cases.survey"
                    ),
                ),
            ],
            options={
                "db_table": "cases_survey_point",
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("survey", "position"), name="survey_point_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("conform__isnull", True),
                            ("conform", True),
                            models.Q(("found", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="survey_point_described",
                    ),
                ],
            },
        ),
    ]
