"""Work on a draft by several people: who holds a section, what was said about a change, comments, what was ignored."""

from django.db import models
from django.db.models import F, Q

from yichuang.reports.flow import Opinion
from yichuang.reports.models.report import Report


class SectionLock(models.Model):
    """Who edits a section now. Past `until` the section may be taken over; a row that was saved is gone."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="locks")
    section = models.TextField()
    holder_id = models.UUIDField()
    holder_name = models.TextField()
    taken_at = models.DateTimeField()
    until = models.DateTimeField()
    released = models.BooleanField(default=False)
    asked_by_id = models.UUIDField(null=True)
    asked_by_name = models.TextField(default="", blank=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "section"], name="lock_once_a_section"),
            models.CheckConstraint(condition=Q(until__gte=F("taken_at")), name="lock_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(asked_by_id__isnull=True) | ~Q(asked_by_id=F("holder_id")),
                name="lock_is_asked_for_by_another",
            ),
            models.CheckConstraint(
                condition=Q(asked_by_id__isnull=True, asked_at__isnull=True)
                | Q(asked_by_id__isnull=False, asked_at__isnull=False),
                name="lock_asked_by_and_when",
            ),
        ]


class ChangeOpinion(models.Model):
    """What a reviewer says of one change. `change` is the mark of its place and both wordings."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="opinions")
    change = models.CharField(max_length=64)
    opinion = models.TextField()
    words = models.TextField(default="", blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "change"], name="opinion_once_a_change"),
            models.CheckConstraint(condition=Q(opinion__in=[o.value for o in Opinion]), name="opinion_kind"),
            models.CheckConstraint(
                condition=~Q(opinion=Opinion.OBJECTED.value) | ~Q(words=""), name="objection_says_why"
            ),
        ]


class Comment(models.Model):
    """A remark on a heading or an item (perhaps on a passage of it), or an answer to one."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="answers")
    section = models.TextField()
    item = models.TextField(default="", blank=True)
    quote = models.TextField(default="", blank=True)
    body = models.TextField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by_name = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(body=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by_name="")
                | Q(resolved_at__isnull=False, parent__isnull=True) & ~Q(resolved_by_name=""),
                name="comment_resolved_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["report", "at"], name="comment_of_report")]
        ordering = ["at", "id"]


class IgnoredFinding(models.Model):
    """A finding of the checker that somebody ignored, with the reason: it stays away while the text stays."""

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="ignored")
    finding = models.CharField(max_length=64)
    rule = models.TextField()
    found = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "finding"], name="finding_ignored_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="ignored_with_reason"),
        ]
