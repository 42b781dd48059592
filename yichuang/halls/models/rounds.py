"""Tables of rounds of inspection: the lists that are data, a round, what it says under each heading."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.halls.flow.rounds import Outcome, Register


class InspectionTerm(models.Model):
    """An entry of a list of inspection: a kind of round, a heading, a category of findings, each with its validity.

    `code` is what other rooms know it by (a heading's code is that of the report's forms) and never changes.
    `every_minutes` is the interval of a kind that comes round several times a day.
    """

    id = models.UUIDField(primary_key=True)
    register = models.TextField()
    code = models.TextField()
    name = models.TextField()
    every_minutes = models.IntegerField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    position = models.IntegerField(default=0)
    edit = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["register", "code"], name="inspection_term_once"),
            models.CheckConstraint(
                condition=Q(register__in=[r.value for r in Register]), name="inspection_term_register"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(code=""), name="inspection_term_named"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="inspection_term_validity",
            ),
            models.CheckConstraint(
                condition=Q(every_minutes__isnull=True)
                | Q(register=Register.KIND.value, every_minutes__gte=1, every_minutes__lte=1440),
                name="inspection_term_interval",
            ),
        ]  # fmt: skip
        ordering = ["register", "position", "code"]


class HallRound(models.Model):
    """One walk through the hall. `draft` keeps what was typed and not yet sent; empty once the round is finished."""

    id = models.UUIDField(primary_key=True)
    kind = models.ForeignKey(InspectionTerm, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    inspector_id = models.UUIDField()
    inspector_name = models.TextField()
    windows = ArrayField(models.TextField(), default=list)
    note = models.TextField(default="", blank=True)
    draft = models.JSONField(default=dict)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="hall_round_ends"
            ),
            models.UniqueConstraint(
                fields=["inspector_id"], condition=Q(ended_at__isnull=True), name="hall_round_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="hall_round_newest"),
            models.Index(fields=["day"], name="hall_round_day"),
        ]


class RoundResult(models.Model):
    """What a round says under a heading that it covered."""

    round = models.ForeignKey(HallRound, on_delete=models.CASCADE, related_name="results")
    heading = models.ForeignKey(InspectionTerm, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "heading"], name="round_heading_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[o.value for o in Outcome]), name="round_result_outcome"
            ),
        ]
