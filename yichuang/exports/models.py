"""The one table of the room: what was asked for, how far it is, where its file lies."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from yichuang.exports.flow import LONGEST_PURPOSE, SHORTEST_PURPOSE, Format, State


class Export(models.Model):
    """One list that somebody wants as a file. It holds no data of the list, only the question."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    format = models.TextField()
    # The question as the list's own address asks it, and in words.
    asked = models.JSONField(default=dict)
    words = models.TextField()
    purpose = models.TextField()
    address = models.TextField(blank=True, default="")
    state = models.TextField(default=State.WAITING)
    rows = models.BigIntegerField(default=0)
    # As the planner guesses, for the bar alone.
    expected = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    # Within which departments and up to which confidentiality the file was read.
    reach = models.TextField(blank=True, default="")
    problem = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField()
    # When the job last gave a sign: one that is silent was killed and starts anew.
    touched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="exports_export_state", condition=Q(state__in=list(State))),
            models.CheckConstraint(name="exports_export_format", condition=Q(format__in=list(Format))),
            models.CheckConstraint(
                name="exports_export_purpose",
                condition=Q(purpose__regex=rf"^.{{{SHORTEST_PURPOSE},{LONGEST_PURPOSE}}}$"),
            ),
            models.CheckConstraint(name="exports_export_counts", condition=Q(rows__gte=0, size__gte=0)),
            models.CheckConstraint(
                name="exports_export_done_expires",
                condition=~Q(state=State.DONE) | Q(expires_at__isnull=False, finished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="exports_export_mine", fields=["account", "-id"]),
            models.Index(
                name="exports_export_open",
                fields=["id"],
                condition=Q(state__in=[State.WAITING, State.RUNNING]),
            ),
            models.Index(
                name="exports_export_expiring", fields=["expires_at"], condition=Q(state=State.DONE)
            ),
        ]
