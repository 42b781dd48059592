"""Tables of who receives an issue: the list with copies and hand-outs, who has read it here, who asked to be told."""

from django.db import models
from django.db.models import Q

from yichuang.directory.models import Account, Department
from yichuang.reports.models.report import Report
from yichuang.reports.rules.distribution import BodyKind


class ReportRecipient(models.Model):
    """One body on the list of an issue, the copies it gets, and who took them."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="recipients")
    position = models.IntegerField()
    label = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    copies = models.IntegerField(default=1)
    handed_at = models.DateTimeField(null=True)
    handed_to = models.TextField(default="", blank=True)
    handed_by_name = models.TextField(default="", blank=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        ordering = ["report", "position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "kind", "name"], name="recipient_once_an_issue"),
            models.UniqueConstraint(fields=["report", "position"], name="recipient_place_once"),
            models.CheckConstraint(
                condition=Q(label__in=["报", "送", "发"]) & ~Q(name=""), name="recipient_is_whole"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in BodyKind]), name="recipient_kind"
            ),
            models.CheckConstraint(condition=Q(copies__gte=0, copies__lte=9999), name="recipient_copies"),
            models.CheckConstraint(
                condition=Q(handed_at__isnull=True, handed_to="", handed_by_name="")
                | (Q(handed_at__isnull=False, copies__gte=1) & ~Q(handed_to="") & ~Q(handed_by_name="")),
                name="recipient_handed_to_and_by",
            ),
        ]


class ReadReceipt(models.Model):
    """Somebody of a receiving body opened the issue here: once a person and issue, kept."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="read_receipts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "account"], name="read_once_a_person_and_issue")
        ]


class IssueSubscription(models.Model):
    """An account that asked to be told at the desk of new issues. Without a row nobody is told anything."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
