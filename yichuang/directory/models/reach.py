"""Who stands in for an absent colleague: which capabilities, on which days."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models.core import Account


class StandIn(models.Model):
    """Some capabilities of an absent colleague's post, held by another for some days. Never chained.

    `ended_on` is the first day on which an arrangement that was ended early holds no more. The migration adds what
    Django cannot say: one absent person has one stand-in at a time (exclusion over the days).
    """

    id = models.UUIDField(primary_key=True)
    absent = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="absences")
    stand_in = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="stands_in")
    first_day = models.DateField()
    last_day = models.DateField()
    ended_on = models.DateField(null=True)
    capabilities = ArrayField(models.TextField())
    reason = models.TextField()
    arranged_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    key = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(absent=F("stand_in")), name="stand_in_is_another"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="stand_in_days_in_order"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("first_day")),
                name="stand_in_ends_after_its_beginning",
            ),
            models.CheckConstraint(condition=~Q(capabilities=[]), name="stand_in_has_capabilities"),
            models.CheckConstraint(condition=~Q(reason=""), name="stand_in_has_reason"),
            models.UniqueConstraint(fields=["key"], name="stand_in_key_once"),
        ]
        indexes = [models.Index(fields=["stand_in", "last_day"], name="stand_in_by_days")]
        ordering = ["-id"]
