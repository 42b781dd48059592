"""Tables of duty visits: the year's plan by department, visits, requirements with their progress."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.halls.flow.duty import UNDONE, RequirementState


class DutyPlan(models.Model):
    """How many visits a department plans for a year, by whom and when."""

    id = models.UUIDField(primary_key=True)
    year = models.IntegerField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    visits = models.IntegerField()
    who = models.TextField(default="", blank=True)
    when = models.TextField(default="", blank=True)
    edit = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by_name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "department"], name="duty_plan_once"),
            models.CheckConstraint(condition=Q(visits__gte=0, visits__lte=366), name="duty_plan_visits"),
            models.CheckConstraint(condition=Q(year__gte=2018, year__lte=2099), name="duty_plan_year"),
        ]
        ordering = ["year", "department_id"]


class DutyVisit(models.Model):
    """A head on duty in the hall. `on` is null where only words tell the day (近日); `day` then is that of entering.

    `cases` are the numbers of the cases looked at, each checked when it was entered.
    """

    id = models.UUIDField(primary_key=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    person = models.TextField()
    post = models.TextField(default="", blank=True)
    window = models.TextField(default="", blank=True)
    on = models.DateField(null=True)
    on_text = models.TextField(default="", blank=True)
    day = models.DateField()
    cases = ArrayField(models.TextField(), default=list)
    certificates = models.IntegerField(default=0)
    consultations = models.IntegerField(default=0)
    note = models.TextField(default="", blank=True)
    recorded_at = models.DateTimeField()
    recorded_by_name = models.TextField()
    cancelled_reason = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(person=""), name="duty_visit_names_a_person"),
            models.CheckConstraint(
                condition=Q(on__isnull=False, day=F("on")) | (Q(on__isnull=True) & ~Q(on_text="")),
                name="duty_visit_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(certificates__gte=0, consultations__gte=0), name="duty_visit_counts"
            ),
        ]
        indexes = [
            models.Index(fields=["-day", "-id"], name="duty_visit_newest"),
            models.Index(fields=["department", "-day"], name="duty_visit_department"),
        ]


class Requirement(models.Model):
    """Something that was asked for at a visit, followed up to its closing. `answering` names a post, not a person."""

    id = models.UUIDField(primary_key=True)
    visit = models.ForeignKey(DutyVisit, on_delete=models.PROTECT, related_name="requirements")
    position = models.IntegerField()
    words = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    answering = models.TextField(default="", blank=True)
    laid_down_on = models.DateField()
    due_on = models.DateField()
    state = models.TextField(default=RequirementState.LAID_DOWN.value)
    seq = models.IntegerField(default=1)
    reported_by_id = models.UUIDField(null=True)
    closed_by_id = models.UUIDField(null=True)
    result = models.TextField(default="", blank=True)
    closed_on = models.DateField(null=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "position"], name="requirement_place_once"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in RequirementState]), name="requirement_state"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="requirement_says_something"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("laid_down_on")), name="requirement_due_after_laid_down"
            ),
            models.CheckConstraint(
                condition=Q(closed_by_id__isnull=True) | ~Q(closed_by_id=F("reported_by_id")),
                name="requirement_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequirementState.CLOSED.value)
                | (Q(closed_by_id__isnull=False, closed_on__isnull=False) & ~Q(result="")),
                name="requirement_closed_with_result",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(state__in=[s.value for s in UNDONE]), name="requirement_undone"
            ),
            models.Index(fields=["-laid_down_on", "-id"], name="requirement_newest"),
        ]


class RequirementNote(models.Model):
    """The words of one step of a requirement; who and when stands beside them."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="notes")
    seq = models.IntegerField()
    fact = models.TextField()
    words = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["requirement", "seq"], name="requirement_note_once")]
        ordering = ["-seq"]
