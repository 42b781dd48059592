"""Tables of complaints: the matter, who brought it (apart), and the words of each step."""

from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.feedback.flow.complaints import UNANSWERED, ComplaintKind, ComplaintState, ComplaintWay


class Complaint(models.Model):
    """A question, complaint, report, proposal, or something that could not be done. `seq`: the version a form has seen."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField(unique=True)
    kind = models.TextField()
    way = models.TextField()
    words = models.TextField()
    case_number = models.TextField(default="", blank=True)
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(default=ComplaintState.RECEIVED.value)
    seq = models.IntegerField(default=1)
    at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField()
    limit_source = models.TextField()
    taken_by_id = models.UUIDField(null=True)
    reply = models.TextField(default="", blank=True)
    replied_by_id = models.UUIDField(null=True)
    replied_on = models.DateField(null=True)
    reviewed_by_id = models.UUIDField(null=True)
    ended_on = models.DateField(null=True)
    reopened = models.BooleanField(default=False)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in ComplaintKind]), name="complaint_kind"
            ),
            models.CheckConstraint(
                condition=Q(way__in=[each.value for each in ComplaintWay]), name="complaint_way"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in ComplaintState]), name="complaint_state"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="complaint_says_something"),
            models.CheckConstraint(
                condition=Q(reviewed_by_id__isnull=True) | ~Q(reviewed_by_id=F("replied_by_id")),
                name="complaint_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ComplaintState.REPLIED.value, ComplaintState.CLOSED.value])
                | (Q(replied_on__isnull=False, department__isnull=False) & ~Q(reply="")),
                name="complaint_replied_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=ComplaintState.REOPENED.value) | Q(reopened=True),
                name="complaint_reopened_said",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="complaint_newest"),
            models.Index(fields=["received_on"], name="complaint_received"),
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=[each.value for each in UNANSWERED]),
                name="complaint_unanswered",
            ),
        ]


class ComplaintContact(models.Model):
    """Who brought a complaint, as far as said: nowhere else, and shown only to those who handle it."""

    complaint = models.OneToOneField(
        Complaint, primary_key=True, on_delete=models.PROTECT, related_name="contact"
    )
    name = models.TextField(default="", blank=True)
    phone = models.TextField(default="", blank=True)


class ComplaintNote(models.Model):
    """The words of one step of a complaint; `own` are the person's."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="notes")
    seq = models.IntegerField()
    fact = models.TextField()
    words = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField(default="", blank=True)
    own = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "seq"], name="complaint_note_once"),
        ]
        ordering = ["-seq"]
