"""Tables of findings of inspections: the finding, its pictures, the words of each step."""

from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.halls.flow.findings import UNRECTIFIED, FindingState, Stage
from yichuang.halls.models.rounds import HallRound, InspectionTerm


class Finding(models.Model):
    """Something that was not as it should be, at a window of a department.

    `answering` names a post, not a person. `seq` counts the steps and is the version that a form has seen.
    """

    id = models.UUIDField(primary_key=True)
    round = models.ForeignKey(HallRound, on_delete=models.PROTECT, related_name="findings")
    heading = models.ForeignKey(InspectionTerm, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(InspectionTerm, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    window = models.TextField(default="", blank=True)
    words = models.TextField()
    answering = models.TextField(default="", blank=True)
    found_at = models.DateTimeField()
    found_on = models.DateField()
    found_by_id = models.UUIDField()
    found_by_name = models.TextField()
    due_on = models.DateField()
    state = models.TextField(default=FindingState.FOUND.value)
    seq = models.IntegerField(default=1)
    rectified_by_id = models.UUIDField(null=True)
    rectified_by_name = models.TextField(default="", blank=True)
    rectified_on = models.DateField(null=True)
    rechecked_by_id = models.UUIDField(null=True)
    rechecked_by_name = models.TextField(default="", blank=True)
    withdrawn_reason = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in FindingState]), name="finding_state"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="finding_says_something"),
            models.CheckConstraint(condition=Q(due_on__gte=F("found_on")), name="finding_due_after_found"),
            models.CheckConstraint(
                condition=Q(rechecked_by_id__isnull=True) | ~Q(rechecked_by_id=F("rectified_by_id")),
                name="finding_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[FindingState.RECTIFIED.value, FindingState.PASSED.value])
                | Q(rectified_by_id__isnull=False, rectified_on__isnull=False),
                name="finding_rectified_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[FindingState.PASSED.value, FindingState.FAILED.value])
                | Q(rechecked_by_id__isnull=False),
                name="finding_rechecked_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.WITHDRAWN.value) | ~Q(withdrawn_reason=""),
                name="finding_withdrawn_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["-found_at", "-id"], name="finding_newest"),
            models.Index(fields=["department", "-found_at"], name="finding_department"),
            models.Index(fields=["found_on"], name="finding_found_on"),
            models.Index(
                fields=["due_on"], condition=Q(state__in=[s.value for s in UNRECTIFIED]), name="finding_unrectified"
            ),
        ]  # fmt: skip


class FindingPhoto(models.Model):
    """A picture of a finding, kept by the hash of its bytes after metadata were taken out."""

    id = models.UUIDField(primary_key=True)
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="photos")
    stage = models.TextField()
    kind = models.TextField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "stage", "sha256"], name="finding_photo_once"),
            models.CheckConstraint(
                condition=Q(stage__in=[s.value for s in Stage]), name="finding_photo_stage"
            ),
            models.CheckConstraint(condition=Q(kind__in=["jpeg", "png"]), name="finding_photo_kind"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="finding_photo_hash"),
        ]
        ordering = ["at", "id"]


class FindingNote(models.Model):
    """The words of one step of a finding; who and when stands beside them."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="notes")
    seq = models.IntegerField()
    fact = models.TextField()
    words = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "seq"], name="finding_note_once")]
        ordering = ["-seq"]
