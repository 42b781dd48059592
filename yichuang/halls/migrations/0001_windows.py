import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("catalogue", "0002_authorisations"),
        ("directory", "0002_capabilities"),
    ]

    operations = [
        migrations.CreateModel(
            name="Window",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("kind", models.TextField(default="general")),
                ("place", models.TextField(blank=True, default="")),
                ("phone", models.TextField(blank=True, default="")),
                ("is_active", models.BooleanField(default=True)),
                ("edit", models.IntegerField(default=1)),
                ("changed_at", models.DateTimeField()),
                ("changed_by_name", models.TextField()),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="windows",
                        to="directory.department",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="WindowAct",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                ("quantity", models.IntegerField()),
                ("source", models.TextField(blank=True, default="")),
                ("case_id", models.UUIDField(null=True)),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("way", models.TextField(blank=True, default="")),
                ("topic", models.TextField(blank=True, default="")),
                ("answer", models.TextField(blank=True, default="")),
                ("minutes", models.IntegerField(null=True)),
                ("salt", models.TextField()),
                ("entered_by_name", models.TextField()),
                ("entered_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("cancelled_by_name", models.TextField(blank=True, default="")),
                ("cancel_reason", models.TextField(blank=True, default="")),
                ("key", models.TextField(unique=True)),
                ("key_hash", models.TextField()),
                (
                    "after",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="led_to",
                        to="halls.windowact",
                    ),
                ),
                (
                    "applicant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.applicant",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.account",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.item",
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="halls.window",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Staffing",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("at", models.DateTimeField()),
                ("by_name", models.TextField()),
                ("key", models.TextField(null=True, unique=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staffings",
                        to="directory.account",
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staffings",
                        to="halls.window",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.account"
                    ),
                ),
                (
                    "window",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="halls.window"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "act",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="hand_over",
                        serialize=False,
                        to="halls.windowact",
                    ),
                ),
                ("number", models.TextField(unique=True)),
                ("state", models.TextField(default="pending")),
                ("due_on", models.DateField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by_name", models.TextField(blank=True, default="")),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Issue",
            fields=[
                (
                    "act",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="issue",
                        serialize=False,
                        to="halls.windowact",
                    ),
                ),
                ("documents", models.TextField()),
                ("recipient", models.TextField()),
                ("paper_masked", models.TextField(blank=True, default="")),
                ("method", models.TextField()),
                ("signed_as", models.TextField(blank=True, default="")),
                ("signature_sha256", models.TextField(blank=True, default="")),
                ("signature_kind", models.TextField(blank=True, default="")),
                ("tracking", models.TextField(blank=True, default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("documents", ""), _negated=True),
                            models.Q(("recipient", ""), _negated=True),
                        ),
                        name="issue_said_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("method", "signed"),
                                ("tracking", ""),
                                models.Q(("signed_as", ""), _negated=True),
                                ("signature_sha256__regex", "^[0-9a-f]{64}$"),
                            ),
                            models.Q(
                                ("method", "mailed"),
                                ("signature_sha256", ""),
                                models.Q(("tracking", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="issue_signed_or_mailed",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="windowact",
            index=models.Index(fields=["-day", "-id"], name="act_by_day"),
        ),
        migrations.AddIndex(
            model_name="windowact",
            index=models.Index(fields=["department", "-day", "-id"], name="act_by_department"),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["consulted", "accepted", "handed_over", "issued"])),
                name="act_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="act_counts_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("window__isnull", False),
                    models.Q(("case_id__isnull", False), ("kind", "accepted")),
                    _connector="OR",
                ),
                name="act_has_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(("department__isnull", False), ("kind", "consulted"), _connector="OR"),
                name="act_has_department",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "consulted"), ("way__in", ["present", "phone", "online"])),
                    models.Q(
                        models.Q(("kind", "consulted"), _negated=True), ("minutes__isnull", True), ("way", "")
                    ),
                    _connector="OR",
                ),
                name="act_consulted_in_a_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__isnull", True), ("minutes__range", (1, 480)), _connector="OR"),
                name="act_minutes_of_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cancel_reason", ""), ("cancelled_at__isnull", True), ("cancelled_by_name", "")
                    ),
                    models.Q(
                        ("cancelled_at__isnull", False),
                        models.Q(("cancel_reason", ""), _negated=True),
                        models.Q(("cancelled_by_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="act_cancelled_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="windowact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at__isnull", True), ("kind", "accepted")),
                fields=("case_id",),
                name="act_accepts_a_case_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Z][0-9]{2,3}$")), name="window_code_like_a01"
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="window_has_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="window",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("department__isnull", True), ("kind", "general")),
                    models.Q(("department__isnull", False), ("kind", "department")),
                    _connector="OR",
                ),
                name="window_department_where_departmental",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="staffing_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("account",),
                name="staffing_one_open_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffing",
            constraint=models.UniqueConstraint(fields=("account", "since"), name="staffing_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("account", "day"), name="seat_once_a_day"),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["due_on"], name="hand_over_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True), ("state", "pending")),
                    models.Q(
                        ("closed_at__isnull", False), ("closed_by__isnull", False), ("state", "received")
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("state", "returned"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hand_over_closed_by_somebody",
            ),
        ),
    ]
