import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programmes", "0001_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("text", models.TextField()),
                ("measure", models.TextField(blank=True, default="")),
                ("office", models.TextField(blank=True, default="")),
                (
                    "cooperating",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        size=None,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("due_on", models.DateField()),
                ("first_due_on", models.DateField()),
                ("state", models.TextField(default="not_started")),
                ("percent", models.IntegerField(default=0)),
                ("claimed_by", models.UUIDField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("reason", models.TextField(blank=True, default="")),
                ("edit", models.IntegerField(default=1)),
                ("changed_by_name", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="led_tasks",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("level", models.IntegerField()),
                ("words", models.TextField()),
                ("on", models.DateField()),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                ("receivers", models.IntegerField(default=0)),
                ("key", models.TextField(unique=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="programmes.task",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("position", models.IntegerField()),
                ("text", models.TextField()),
                ("due_on", models.DateField()),
                ("done_on", models.DateField(null=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="milestones",
                        to="programmes.task",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="TaskList",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("year", models.IntegerField()),
                ("title", models.TextField()),
                ("source", models.TextField()),
                ("made_by_name", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("key", models.TextField(unique=True)),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="task_lists",
                        to="directory.department",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="task",
            name="list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="programmes.tasklist"
            ),
        ),
        migrations.CreateModel(
            name="TaskStep",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("action", models.TextField()),
                ("percent", models.IntegerField()),
                ("words", models.TextField(blank=True, default="")),
                ("evidence", models.TextField(blank=True, default="")),
                ("until", models.DateField(null=True)),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("key", models.TextField(unique=True)),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="programmes.task",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("task", "on"), name="reminder_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__gte", 1), ("level__lte", 3)), name="reminder_level"
            ),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(fields=("task", "position"), name="milestone_position_once"),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="milestone_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="tasklist",
            constraint=models.CheckConstraint(
                condition=models.Q(("year__gte", 2000), ("year__lte", 2099)), name="task_list_year"
            ),
        ),
        migrations.AddConstraint(
            model_name="tasklist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title", ""), _negated=True), models.Q(("source", ""), _negated=True)
                ),
                name="task_list_says_whence",
            ),
        ),
        migrations.AddConstraint(
            model_name="tasklist",
            constraint=models.UniqueConstraint(fields=("year", "title"), name="task_list_once_a_year"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["department", "due_on", "id"], name="task_department"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["due_on", "id"], name="task_due"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.UniqueConstraint(fields=("list", "number"), name="task_number_once"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="task_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["not_started", "running", "extended", "claimed", "closed", "cancelled"])
                ),
                name="task_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)), name="task_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("starts_on"))), name="task_due_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_on__gte", models.F("first_due_on"))), name="task_only_extended"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["claimed", "closed"]), _negated=True),
                    ("percent", 100),
                    _connector="OR",
                ),
                name="task_done_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["cancelled", "extended"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="task_changed_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "closed"), ("closed_on__isnull", True), _connector="XOR"),
                name="task_closed_day",
            ),
        ),
        migrations.AddIndex(
            model_name="taskstep",
            index=models.Index(fields=["task", "-at"], name="task_step_task"),
        ),
        migrations.AddConstraint(
            model_name="taskstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)), name="step_percent"
            ),
        ),
        migrations.CreateModel(
            name="ExtensionRequest",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateField()),
                ("words", models.TextField()),
                ("asked_by", models.UUIDField(null=True)),
                ("asked_by_name", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("verdict", models.TextField(default="open")),
                ("decided_words", models.TextField(blank=True, default="")),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_by_name", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("key", models.TextField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="TaskFile",
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
            ],
        ),
        migrations.CreateModel(
            name="TaskVersion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("content", models.JSONField()),
                ("reason", models.TextField(blank=True, default="")),
                ("by_name", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="extensionrequest",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="extension_requests",
                to="programmes.task",
            ),
        ),
        migrations.AddField(
            model_name="taskfile",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="programmes.task"
            ),
        ),
        migrations.AddField(
            model_name="taskversion",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="programmes.task"
            ),
        ),
        migrations.AddConstraint(
            model_name="extensionrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verdict", "open")), fields=("task",), name="extension_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="extensionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="extension_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="extensionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["open", "approved", "declined", "settled"])),
                name="extension_verdict",
            ),
        ),
        migrations.AddConstraint(
            model_name="extensionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict", "open"), ("decided_at__isnull", False), _connector="XOR"),
                name="extension_decided_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="extensionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict", "approved"), _negated=True),
                    ("decided_by__isnull", True),
                    ("asked_by__isnull", True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="extension_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="task_file_hash"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__gt", 0)), name="task_file_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskversion",
            constraint=models.UniqueConstraint(fields=("task", "number"), name="task_version_once"),
        ),
        migrations.AddConstraint(
            model_name="taskversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("number", 1),
                    models.Q(("number__gt", 1), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="task_version_says_why",
            ),
        ),
    ]
