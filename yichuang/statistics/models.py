"""Tables of figures. Only the drain and the entry of brought-forward totals write them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

NUMBERS = 32
"""How many numbers of days a row of the histogram counts; sql/packed.sql, merged.sql and added.sql have as many."""


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
            # What a department's own system takes back is a negative piece; it may say it of another cell than it meant. A
            # drain that refused it would stand still for everybody: the cell shows it, and the recount finds it.
            models.CheckConstraint(
                condition=Q(count__gte=0) | Q(kind__startswith="reported."), name="daily_count_not_negative"
            ),
        ]  # fmt: skip


class DailyDays(models.Model):
    """How many decisions of a day took how many working days against which statutory limit: exact means and p90.

    `limit_days` is -1 where a department's own system has reported none.
    """

    day = models.DateField()
    subject_kind = models.TextField(default="case", db_default="case")
    department_id = models.UUIDField()
    item_id = models.UUIDField()
    item_type = models.TextField()
    days_used = models.IntegerField()
    limit_days = models.IntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "day", "department_id", "item_id", "item_type", "days_used", "limit_days", "subject_kind",
                ],
                name="daily_days_cell_of_source_once",
            ),
            models.CheckConstraint(condition=Q(limit_days__gte=-1), name="daily_days_limit_known_or_none"),
        ]  # fmt: skip


SLOTS = (
    "received", "accepted", "delivered", "refused", "withdrawn", "terminated", "instant", "early", "on_time", "late",
    "unjudged",
)  # fmt: skip
"""What a row of the coarse grain counts: every kind of fact that a measure reads, decisions by their promptness."""


class Rollup(models.Model):
    """The coarse grain: what a department had of an item type by channel, on a day or in a month; a month is its days added up.

    `first_day` is the day, or the first of the month; the spans "all-day" and "all-month" hold all departments together, under the
    id of zeros, for totals that need no more. `subject_kind` says whether the platform handled the cases or a
    department's own system reported them. Reports, boards and public pages read this grain alone: its size depends on
    the number of departments, not on that of items or cases.
    """

    span = models.TextField()
    first_day = models.DateField()
    department_id = models.UUIDField()
    item_type = models.TextField()
    channel = models.TextField()
    subject_kind = models.TextField()
    received = models.BigIntegerField(default=0, db_default=0)
    accepted = models.BigIntegerField(default=0, db_default=0)
    delivered = models.BigIntegerField(default=0, db_default=0)
    refused = models.BigIntegerField(default=0, db_default=0)
    withdrawn = models.BigIntegerField(default=0, db_default=0)
    terminated = models.BigIntegerField(default=0, db_default=0)
    instant = models.BigIntegerField(default=0, db_default=0)
    early = models.BigIntegerField(default=0, db_default=0)
    on_time = models.BigIntegerField(default=0, db_default=0)
    late = models.BigIntegerField(default=0, db_default=0)
    unjudged = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "first_day", "department_id", "item_type", "channel", "subject_kind"],
                name="rollup_cell_once",
            ),
            models.CheckConstraint(
                condition=Q(span__in=("day", "all-day"))
                | Q(span__in=("month", "all-month"), first_day__day=1),
                name="rollup_span_known",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind="reported")
                | Q(subject_kind="case", **{f"{s}__gte": 0 for s in SLOTS}),
                name="rollup_counts_not_negative",
            ),
        ]


class RollupDays(models.Model):
    """The histogram of working days used, of the coarse grain: one count for every number of days, so that any median or
    percentile of any sum of rows is exact (error 0). A row has the counts of thirty-two numbers of days, from `days_from` on,
    so that a week has as many rows at a hundred million cases as at one million. `limit_days`: the statutory limits of the
    `limited` ones of these numbers added up.
    """

    span = models.TextField()
    first_day = models.DateField()
    department_id = models.UUIDField()
    item_type = models.TextField()
    subject_kind = models.TextField()
    days_from = models.IntegerField()
    counts = ArrayField(models.BigIntegerField())
    limited = models.BigIntegerField()
    limit_days = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["span", "first_day", "department_id", "item_type", "subject_kind", "days_from"],
                name="rollup_days_cell_once",
            ),
            models.CheckConstraint(condition=Q(counts__len=NUMBERS), name="rollup_days_of_thirty_two"),
            models.CheckConstraint(
                condition=Q(span__in=("day", "all-day"))
                | Q(span__in=("month", "all-month"), first_day__day=1),
                name="rollup_days_span_known",
            ),
        ]


class Late(models.Model):
    """The trace of what came late: facts of a day that were drained on a later one. `count`: by how much the day moved;
    `facts`: how many there were.
    """

    pk = models.CompositePrimaryKey("day", "drained_on", "kind", "department_id", "item_type")
    day = models.DateField()
    drained_on = models.DateField()
    kind = models.TextField()
    department_id = models.UUIDField()
    item_type = models.TextField()
    count = models.BigIntegerField()
    facts = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(day__lt=F("drained_on")), name="late_is_after_its_day"),
            models.CheckConstraint(condition=Q(facts__gte=1), name="late_has_facts"),
        ]
        indexes = [models.Index(fields=["-drained_on", "-day"], name="late_newest")]


class Recount(models.Model):
    """One recount of days from the facts: how many cells were compared, how many differed, and which came first."""

    id = models.UUIDField(primary_key=True)
    first_day = models.DateField()
    last_day = models.DateField()
    days = models.IntegerField()
    cells = models.BigIntegerField()
    differences = models.BigIntegerField()
    days_wrong = models.JSONField(default=list)
    found = models.TextField(default="", blank=True)
    seconds = models.DecimalField(max_digits=12, decimal_places=3)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(differences=0, found="") | (Q(differences__gt=0) & ~Q(found="")),
                name="recount_says_what_it_found",
            )
        ]
        indexes = [models.Index(fields=["-at"], name="recount_newest")]


class Rebuild(models.Model):
    """One rebuilding of days from the facts. `done_until` is the last day that is done: a run that was cut off goes on there."""

    id = models.UUIDField(primary_key=True)
    first_day = models.DateField()
    last_day = models.DateField()
    done_until = models.DateField(null=True)
    finished = models.BooleanField(default=False)
    changed = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finished"], condition=Q(finished=False), name="rebuild_one_at_a_time"
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
