"""Tables of figures. Only the drain and the entry of brought-forward totals write them."""

from django.db import models
from django.db.models import F, Q


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


class DailyWindow(models.Model):
    """How many pieces the one-stop window (综窗) had on a day, by kind of act and the department concerned.

    A general consultation concerns no department.
    """

    day = models.DateField()
    kind = models.TextField()
    department_id = models.UUIDField(null=True)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "kind", "department_id"], nulls_distinct=False, name="daily_window_cell_once"
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="daily_window_count_not_negative"),
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


class IndicatorSet(models.Model):
    """The indicators of the 一网通办 score from a day on, until the next set. Never changed: a change is a new set."""

    id = models.UUIDField(primary_key=True)
    valid_from = models.DateField(unique=True)
    reason = models.TextField()
    key = models.TextField(unique=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="indicator_set_has_reason")]


class Indicator(models.Model):
    """One indicator of a set. That the weights of a set come to 100 is guarded by a trigger of the migration."""

    id = models.UUIDField(primary_key=True)
    indicator_set = models.ForeignKey(IndicatorSet, on_delete=models.PROTECT, related_name="indicators")
    position = models.IntegerField()
    code = models.TextField()
    label = models.TextField()
    unit = models.TextField()
    weight = models.IntegerField()
    direction = models.TextField()
    full_value = models.DecimalField(max_digits=12, decimal_places=2)
    zero_value = models.DecimalField(max_digits=12, decimal_places=2)
    target = models.DecimalField(max_digits=12, decimal_places=2)
    # The computed measure; empty where the value is entered with its source.
    measure = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator_set", "code"], name="indicator_once_a_set"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="indicator_weight"),
            models.CheckConstraint(condition=~Q(label="") & ~Q(unit=""), name="indicator_has_words"),
            models.CheckConstraint(
                condition=Q(direction="higher", full_value__gt=F("zero_value"))
                | Q(direction="lower", full_value__lt=F("zero_value")),
                name="indicator_has_a_way_up",
            ),
        ]


class IndicatorEntry(models.Model):
    """A value that no measure yields, with where it was published. The newest of a day counts; none is ever changed."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField()
    department_id = models.UUIDField()
    as_of = models.DateField()
    value = models.DecimalField(max_digits=12, decimal_places=2)
    source = models.TextField()
    key = models.TextField(unique=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["code", "department_id", "-as_of", "-at"], name="indicator_entry_newest")
        ]
        constraints = [models.CheckConstraint(condition=~Q(source=""), name="indicator_entry_has_source")]
