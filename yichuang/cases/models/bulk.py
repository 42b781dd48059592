"""Bulk acts: one row an act, one row for every case of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.cases.flow.bulk_acts import (
    AT_WORK,
    KINDS,
    LONGEST_COOLING,
    MOST_CASES,
    ActKind,
    ActState,
)

RELEASED = [str(one) for one in (ActState.RELEASED, ActState.RUNNING, ActState.DONE)]
JUDGED = [str(one) for one in (ActKind.DECIDE, ActKind.PROPOSE)]


class BulkAct(models.Model):
    """One act on many cases: prepared by one, released by another, carried out by the platform, case by case.

    `reasons`: [sentence, cases] in the order found; a case names its reason by the place from 1. `signers`: how many of
    the cases each signature stands at a level of, so that whoever releases is told beforehand what will be refused.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    state = models.TextField(default=ActState.CHECKING.value)
    chosen = models.TextField()
    department_ids = ArrayField(models.UUIDField())
    clearance = models.SmallIntegerField()
    outcome = models.TextField(null=True)
    reason = models.TextField(default="", blank=True)
    method = models.TextField(default="", blank=True)
    # Empty: the applicant of each case. Taken away when the act ends: each case keeps its own.
    receiver = models.TextField(default="", blank=True)
    cooling_minutes = models.IntegerField(default=0)
    # More cases fitted than one act takes.
    truncated = models.BooleanField(default=False)
    total = models.IntegerField()
    checked = models.IntegerField(default=0)
    able = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    reasons = models.JSONField(default=list)
    signers = models.JSONField(default=dict)
    due_from = models.DateField(null=True)
    due_to = models.DateField(null=True)
    prepared_by_id = models.UUIDField()
    prepared_by_name = models.TextField()
    prepared_for_ids = ArrayField(models.UUIDField(), default=list)
    prepared_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    released_by_id = models.UUIDField(null=True)
    released_by_name = models.TextField(default="", blank=True)
    released_for_ids = ArrayField(models.UUIDField(), default=list)
    released_at = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_by_name = models.TextField(default="", blank=True)
    cancelled_why = models.TextField(default="", blank=True)

    class Meta:
        db_table = "cases_bulkact"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[str(one) for one in KINDS]), name="bulkact_kind"),
            models.CheckConstraint(
                condition=Q(state__in=[str(one) for one in ActState]), name="bulkact_state"
            ),
            models.CheckConstraint(condition=Q(total__gte=1, total__lte=MOST_CASES), name="bulkact_total"),
            models.CheckConstraint(
                condition=Q(able__lte=F("checked"), checked__lte=F("total"), able__gte=0),
                name="bulkact_checked",
            ),
            models.CheckConstraint(
                condition=Q(done__gte=0, refused__gte=0, skipped__gte=0)
                & Q(able__gte=F("done") + F("refused") + F("skipped")),
                name="bulkact_counts",
            ),
            models.CheckConstraint(
                condition=Q(cooling_minutes__gte=0, cooling_minutes__lte=LONGEST_COOLING),
                name="bulkact_cooling",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=JUDGED, outcome__isnull=False)
                | (~Q(kind__in=JUDGED) & Q(outcome__isnull=True)),
                name="bulkact_outcome",
            ),
            # Nothing runs that was not released, and nobody releases the own work.
            models.CheckConstraint(
                condition=~Q(state__in=RELEASED)
                | Q(released_by_id__isnull=False, released_at__isnull=False, starts_at__isnull=False),
                name="bulkact_released",
            ),
            models.CheckConstraint(
                condition=Q(released_by_id__isnull=True) | ~Q(released_by_id=F("prepared_by_id")),
                name="bulkact_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state=ActState.CANCELLED.value) ^ Q(cancelled_why=""),
                name="bulkact_cancelled_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state__in=[str(one) for one in AT_WORK]), name="bulkact_at_work"
            ),
        ]

    def __str__(self) -> str:
        return f"{KINDS[ActKind(self.kind)].label} {self.pk}"


class BulkActCase(models.Model):
    """One case of a bulk act. `seen`: the place in its history that the preview saw; it moves only from there."""

    pk = models.CompositePrimaryKey("act_id", "position")
    act_id = models.UUIDField()
    position = models.IntegerField()
    case_id = models.UUIDField()
    seen = models.IntegerField()
    state = models.TextField()
    reason = models.SmallIntegerField(default=0)
    due_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "cases_bulkactcase"
