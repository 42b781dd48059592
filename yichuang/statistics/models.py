"""Tables of figures. Only the drain and the entry of brought-forward totals write them."""

from django.db import models
from django.db.models import Q


class Daily(models.Model):
    """How many facts of a kind a day had, by the dimensions of figures."""

    day = models.DateField()
    kind = models.TextField()
    department_id = models.UUIDField()
    item_id = models.UUIDField()
    item_type = models.TextField()
    region = models.TextField()
    channel = models.TextField()
    outcome = models.TextField(default="")
    promptness = models.TextField(default="")
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "day", "kind", "department_id", "item_id", "item_type", "region", "channel", "outcome",
                    "promptness",
                ],
                name="daily_cell_once",
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="daily_count_not_negative"),
        ]  # fmt: skip


class DailyDays(models.Model):
    """How many decisions of a day took how many working days against which statutory limit: exact means and p90."""

    day = models.DateField()
    department_id = models.UUIDField()
    item_id = models.UUIDField()
    item_type = models.TextField()
    days_used = models.IntegerField()
    limit_days = models.IntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "department_id", "item_id", "item_type", "days_used", "limit_days"],
                name="daily_days_cell_once",
            )
        ]


class BroughtForward(models.Model):
    """A published total from before the system, or an increment to it, with its source. Never a case."""

    id = models.UUIDField(primary_key=True)
    as_of = models.DateField()
    item_group = models.TextField()
    measure = models.TextField()
    is_total = models.BooleanField()
    value = models.BigIntegerField()
    source = models.TextField()
    at = models.DateTimeField()
    by_name = models.TextField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by_name = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "item_group", "measure", "is_total"],
                condition=Q(cancelled_at__isnull=True),
                name="brought_forward_once",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="brought_forward_has_source"),
        ]


class Snapshot(models.Model):
    """Figures frozen for a publication, as of a seal. Never changed."""

    id = models.UUIDField(primary_key=True)
    seal = models.BigIntegerField()
    as_of = models.DateField()
    first_day = models.DateField()
    last_day = models.DateField()
    figures = models.TextField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by_name = models.TextField()
