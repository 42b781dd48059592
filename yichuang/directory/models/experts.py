"""The pool of experts (专家库): who may be drawn for a review, in which fields, and from whom they keep away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Expert(models.Model):
    """One expert. `unit_code` is the unit's credit code, where it is known; `edit` counts the changes."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()
    fields = ArrayField(models.TextField(), default=list)
    unit = models.TextField()
    unit_code = models.TextField(default="", blank=True)
    title = models.TextField()
    phone = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    edit = models.IntegerField(default=1)
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(unit=""), name="expert_named"),
            models.CheckConstraint(condition=Q(fields__len__gt=0), name="expert_has_field"),
            models.UniqueConstraint(fields=["name", "unit"], name="expert_once_a_unit"),
        ]
        indexes = [models.Index(fields=["name", "id"], name="expert_name")]


class ExpertRelation(models.Model):
    """A relation that an expert has declared: to an applicant or a unit, by its name. Ended, never deleted."""

    id = models.UUIDField(primary_key=True)
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="relations")
    to = models.TextField()
    reason = models.TextField()
    declared_on = models.DateField()
    ended_on = models.DateField(null=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(to="") & ~Q(reason=""), name="expert_relation_says_whom"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("declared_on")),
                name="expert_relation_ends_later",
            ),
            models.UniqueConstraint(
                fields=["expert", "to"], condition=Q(ended_on__isnull=True), name="expert_relation_once"
            ),
        ]
        ordering = ["-declared_on", "id"]
