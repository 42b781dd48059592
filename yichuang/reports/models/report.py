"""Tables of the weekly report. What has been issued is frozen: a trigger refuses every later change of its words."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.reports.flow import PUBLISHED, ContributionState, State
from yichuang.statistics.models import Snapshot


class ReportForm(models.Model):
    """A form of the report as data: order of the head, tree of sections, wording, imprint, offsets of numbers."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    data = models.JSONField()
    opens = models.BooleanField(default=False)

    class Meta:
        ordering = ["-code"]


class Report(models.Model):
    """One issue, from collecting to printing; or a past issue that was read from its text (`imported`).

    `document` is the canonical JSON of what is printed, empty until 签发; `text` are its lines, for search.
    """

    id = models.UUIDField(primary_key=True)
    form = models.ForeignKey(ReportForm, on_delete=models.PROTECT)
    state = models.TextField(default=State.COLLECTING.value)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    year = models.IntegerField(null=True)
    number = models.IntegerField(null=True)
    total_number = models.IntegerField(null=True)
    slug = models.TextField(null=True)
    issuer = models.TextField(blank=True)
    issued_on = models.DateField(null=True)
    items = models.JSONField(default=dict)
    distribution = models.JSONField(default=dict)
    copies = models.IntegerField(default=0)
    edit_version = models.IntegerField(default=1)
    opened_at = models.DateTimeField()
    opened_by_id = models.UUIDField(null=True)
    submitted_by_id = models.UUIDField(null=True)
    approved_by_id = models.UUIDField(null=True)
    approved_by_name = models.TextField(default="", blank=True)
    approved_at = models.DateTimeField(null=True)
    issued_by_id = models.UUIDField(null=True)
    issued_by_name = models.TextField(default="", blank=True)
    issued_at = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    returned_reason = models.TextField(default="", blank=True)
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.PROTECT)
    document = models.TextField(default="", blank=True)
    document_sha256 = models.CharField(max_length=64, default="", blank=True)
    imported = models.BooleanField(default=False)
    source_text = models.TextField(default="", blank=True)
    reading = models.JSONField(null=True)
    text = models.TextField(default="", blank=True)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="report_slug_once"),
            models.UniqueConstraint(
                fields=["year", "number"], condition=Q(imported=False), name="report_number_once"
            ),
            models.UniqueConstraint(
                fields=["first_day", "last_day"], condition=Q(imported=False), name="report_period_once"
            ),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="report_state"),
            models.CheckConstraint(
                condition=Q(imported=True)
                | Q(first_day__isnull=False, last_day__isnull=False, last_day__gte=F("first_day")),
                name="report_period",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[s.value for s in PUBLISHED], year__isnull=False, number__isnull=False,
                    slug__isnull=False,
                ) & ~Q(document="") & ~Q(document_sha256="")
                | (
                    ~Q(state__in=[s.value for s in PUBLISHED])
                    & Q(year__isnull=True, number__isnull=True, total_number__isnull=True, slug__isnull=True)
                    & Q(document="", imported=False)
                ),
                name="report_numbered_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(imported=True) | ~Q(state__in=[s.value for s in PUBLISHED])
                | Q(snapshot__isnull=False, issued_on__isnull=False, total_number__isnull=False),
                name="report_issued_with_snapshot",
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id__isnull=True) | ~Q(approved_by_id=F("submitted_by_id")),
                name="report_reviewer_is_another",
            ),
            models.CheckConstraint(
                condition=Q(issued_by_id__isnull=True) | ~Q(issued_by_id=F("submitted_by_id")),
                name="report_issuer_is_another",
            ),
            models.CheckConstraint(condition=Q(copies__gte=0), name="report_copies_not_negative"),
        ]  # fmt: skip
        indexes = [
            GinIndex(fields=["search"], name="report_search"),
            models.Index(fields=["-last_day", "-id"], name="report_newest_first"),
        ]


class ReportVersion(models.Model):
    """What a report said after one saving: kept for ever, so that every change can be seen."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    content = models.JSONField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "version"], name="report_version_once")]
        ordering = ["-version"]


class Contribution(models.Model):
    """What a department sends in, for one report or (report null) for the next that is edited."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, null=True, on_delete=models.PROTECT, related_name="contributions")
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    section = models.TextField()
    title = models.TextField()
    body = models.TextField()
    happened_on = models.DateField(null=True)
    author_id = models.UUIDField(null=True)
    author_name = models.TextField()
    at = models.DateTimeField()
    state = models.TextField(default=ContributionState.SENT.value)
    note = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ContributionState]), name="contribution_state"
            ),
            models.CheckConstraint(condition=~Q(body=""), name="contribution_says_something"),
            models.CheckConstraint(
                condition=~Q(state=ContributionState.TAKEN.value) | Q(report__isnull=False),
                name="contribution_taken_into_a_report",
            ),
        ]
        indexes = [models.Index(fields=["department", "-at"], name="contribution_department")]


class DutyVisit(models.Model):
    """A head on duty in the hall (厅（局）长进大厅). `on` is null where only words tell the day (近日, 本周)."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="visits")
    position = models.IntegerField()
    on = models.DateField(null=True)
    on_text = models.TextField(blank=True)
    person = models.TextField()
    post = models.TextField(blank=True)
    department = models.TextField(blank=True)
    body = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(person=""), name="visit_names_a_person")]
        ordering = ["position", "id"]


class InspectionResult(models.Model):
    """What the inspection of the hall found under one heading."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="inspection")
    position = models.IntegerField()
    key = models.TextField()
    heading = models.TextField()
    result = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="inspection_heading_once"),
            models.CheckConstraint(condition=~Q(result=""), name="inspection_has_result"),
        ]
        ordering = ["position"]


class PrintedFigure(models.Model):
    """A figure as an issue printed it, with its sentence: of issued reports and of past ones."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="figures")
    position = models.IntegerField()
    scope = models.TextField()
    type = models.TextField(blank=True)
    measure = models.TextField()
    as_of = models.DateField(null=True)
    value = models.DecimalField(max_digits=20, decimal_places=4)
    unit = models.TextField(blank=True)
    sentence = models.TextField()
    approximate = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["scope", "type", "measure", "as_of"], name="printed_figure_series")]
