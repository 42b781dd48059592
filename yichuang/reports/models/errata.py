"""Tables of corrections to what was printed, and of the forms' history."""

from django.db import models
from django.db.models import F, Q

from yichuang.reports.models.report import PrintedFigure, Report, ReportForm


class Erratum(models.Model):
    """A correction of something that an issue printed. It is printed in a later issue; the old one stays as it is."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="errata")
    figure = models.ForeignKey(PrintedFigure, null=True, on_delete=models.PROTECT, related_name="errata")
    passage = models.TextField()
    old = models.TextField()
    new = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()
    printed_in = models.ForeignKey(Report, null=True, on_delete=models.PROTECT, related_name="errata_printed")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.TextField(default="", blank=True)
    withdrawn_reason = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(old=F("new")), name="erratum_changes_something"),
            models.CheckConstraint(
                condition=~Q(old="") & ~Q(new="") & ~Q(reason="") & ~Q(passage=""), name="erratum_is_whole"
            ),
            models.CheckConstraint(
                condition=Q(printed_in__isnull=True) | Q(withdrawn_at__isnull=True),
                name="erratum_printed_is_not_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(printed_in__isnull=True) | ~Q(printed_in=F("report")),
                name="erratum_in_another_issue",
            ),
        ]
        ordering = ["at", "id"]


class FormVersion(models.Model):
    """A form as it stood after one saving."""

    id = models.UUIDField(primary_key=True)
    form = models.ForeignKey(ReportForm, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    name = models.TextField()
    data = models.JSONField()
    opens = models.BooleanField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="form_version_once")]
        ordering = ["-number"]
