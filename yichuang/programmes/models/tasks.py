"""Tables of the room: tasks."""

from builtins import list as empty_list

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.programmes.flow.tasks import LEVELS, TaskState, Verdict


class TaskList(models.Model):
    """A list of key tasks (重点任务清单) of a year, with the document that lays it down."""

    id = models.UUIDField(primary_key=True)
    year = models.IntegerField()
    title = models.TextField()
    source = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="task_lists")
    made_by_name = models.TextField()
    made_at = models.DateTimeField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2099), name="task_list_year"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(source=""), name="task_list_says_whence"),
            models.UniqueConstraint(fields=["year", "title"], name="task_list_once_a_year"),
        ]

    def __str__(self) -> str:
        return self.title


class Task(models.Model):
    """One task: who leads, what is done, by when, how far it is."""

    id = models.UUIDField(primary_key=True)
    list = models.ForeignKey(TaskList, on_delete=models.PROTECT, related_name="tasks")
    number = models.IntegerField()
    text = models.TextField()
    measure = models.TextField(default="", blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="led_tasks")
    office = models.TextField(default="", blank=True)
    # In this class `list` is the field above, not the built-in one.
    cooperating = ArrayField(models.UUIDField(), default=empty_list)
    starts_on = models.DateField()
    due_on = models.DateField()
    first_due_on = models.DateField()
    state = models.TextField(default=TaskState.NOT_STARTED.value)
    percent = models.IntegerField(default=0)
    claimed_by = models.UUIDField(null=True)
    closed_on = models.DateField(null=True)
    reason = models.TextField(default="", blank=True)
    edit = models.IntegerField(default=1)
    changed_by_name = models.TextField()
    changed_at = models.DateTimeField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "number"], name="task_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="task_says_something"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in TaskState]), name="task_state"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="task_percent"),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="task_due_after_start"),
            models.CheckConstraint(condition=Q(due_on__gte=F("first_due_on")), name="task_only_extended"),
            models.CheckConstraint(
                condition=~Q(state__in=[TaskState.CLAIMED.value, TaskState.CLOSED.value]) | Q(percent=100),
                name="task_done_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[TaskState.CANCELLED.value, TaskState.EXTENDED.value]) | ~Q(reason=""),
                name="task_changed_why",
            ),
            models.CheckConstraint(
                condition=Q(state=TaskState.CLOSED.value) ^ Q(closed_on__isnull=True), name="task_closed_day"
            ),
        ]
        indexes = [
            models.Index(fields=["department", "due_on", "id"], name="task_department"),
            models.Index(fields=["due_on", "id"], name="task_due"),
        ]

    def __str__(self) -> str:
        return self.text


class Milestone(models.Model):
    """A step on the way of a task with its day."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="milestones")
    position = models.IntegerField()
    text = models.TextField()
    due_on = models.DateField()
    done_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "position"], name="milestone_position_once"),
            models.CheckConstraint(condition=~Q(text=""), name="milestone_says_something"),
        ]
        ordering = ["position"]


class TaskStep(models.Model):
    """One thing done to a task: a progress report, a confirmation, an extension; never changed."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    action = models.TextField()
    percent = models.IntegerField()
    words = models.TextField(default="", blank=True)
    evidence = models.TextField(default="", blank=True)
    until = models.DateField(null=True)
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()
    at = models.DateTimeField()
    on = models.DateField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="step_percent")
        ]
        indexes = [models.Index(fields=["task", "-at"], name="task_step_task")]


class Reminder(models.Model):
    """A reminder (督办) about a task: at most one a day, by the command at most one in a few working days."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="reminders")
    level = models.IntegerField()
    words = models.TextField()
    on = models.DateField()
    by_name = models.TextField()
    at = models.DateTimeField()
    receivers = models.IntegerField(default=0)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "on"], name="reminder_once_a_day"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=len(LEVELS)), name="reminder_level"),
        ]


class TaskVersion(models.Model):
    """A task as it stood after one saving of its form: who, when, why, and everything that was stated."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    content = models.JSONField()
    reason = models.TextField(default="", blank=True)
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="task_version_once"),
            models.CheckConstraint(
                condition=Q(number=1) | Q(number__gt=1) & ~Q(reason=""), name="task_version_says_why"
            ),
        ]

    @property
    def stated(self) -> dict[str, str]:
        """What was stated, by label, in the form's order: pairs, as an object of JSON would lose the order."""
        return dict(self.content)

    @property
    def act(self) -> str:
        """What brought the version about, in words."""
        return f"修改：{self.reason}" if self.reason else "登记"


class ExtensionRequest(models.Model):
    """A department asks for a later day; the centre approves or declines. At most one a task is open at a time."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="extension_requests")
    until = models.DateField()
    words = models.TextField()
    asked_by = models.UUIDField(null=True)
    asked_by_name = models.TextField()
    asked_at = models.DateTimeField()
    verdict = models.TextField(default=Verdict.OPEN.value)
    decided_words = models.TextField(default="", blank=True)
    decided_by = models.UUIDField(null=True)
    decided_by_name = models.TextField(default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(verdict=Verdict.OPEN.value), name="extension_one_open"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="extension_says_why"),
            models.CheckConstraint(
                condition=Q(verdict__in=[one.value for one in Verdict]), name="extension_verdict"
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.OPEN.value) ^ Q(decided_at__isnull=False),
                name="extension_decided_when",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.APPROVED.value)
                | Q(decided_by__isnull=True)
                | Q(asked_by__isnull=True)
                | ~Q(decided_by=F("asked_by")),
                name="extension_four_eyes",
            ),
        ]


class TaskFile(models.Model):
    """Evidence for a task's progress; the bytes are in the file store under their hash."""

    id = models.UUIDField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="files")
    name = models.TextField()
    kind = models.TextField()
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    by_name = models.TextField()
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by_name = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="task_file_hash"),
            models.CheckConstraint(condition=Q(size__gt=0), name="task_file_not_empty"),
        ]
