"""Tables of the room: events."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.programmes.flow.events import KINDS, EventState, Mark


class Event(models.Model):
    """Something that a department did. `on` is null where only words tell the time (近日)."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="events")
    title = models.TextField()
    on = models.DateField(null=True)
    until = models.DateField(null=True)
    near = models.TextField(default="", blank=True)
    # The day by which lists, weeks and years file it: the last day told, else the day of recording.
    filed_under = models.DateField()
    words = models.TextField(default="", blank=True)
    result = models.TextField(default="", blank=True)
    source = models.TextField(default="", blank=True)
    texts = models.JSONField(default=dict)
    regions = ArrayField(models.CharField(max_length=12), default=list)
    state = models.TextField(default=EventState.RECORDED.value)
    reason = models.TextField(default="", blank=True)
    edit = models.IntegerField(default=1)
    recorded_by_name = models.TextField()
    recorded_at = models.DateTimeField()
    changed_by_name = models.TextField()
    changed_at = models.DateTimeField()
    key = models.TextField(unique=True)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[k.code for k in KINDS]), name="event_kind"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in EventState]), name="event_state"),
            models.CheckConstraint(condition=~Q(title=""), name="event_has_title"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(on__isnull=False, until__gte=F("on")),
                name="event_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(on__isnull=False) | ~Q(near=""), name="event_has_a_time"),
            models.CheckConstraint(
                condition=~Q(state=EventState.CANCELLED.value) | ~Q(reason=""), name="event_cancelled_why"
            ),
        ]
        indexes = [
            models.Index(fields=["-filed_under", "-id"], name="event_filed"),
            models.Index(fields=["department", "-filed_under", "-id"], name="event_department"),
            GinIndex(fields=["search"], name="event_search"),
        ]

    def __str__(self) -> str:
        return self.title


class EventFigure(models.Model):
    """One number of an event, with how exact it is."""

    id = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="figures")
    code = models.TextField()
    value = models.DecimalField(max_digits=17, decimal_places=4)
    mark = models.TextField(default=Mark.EXACT.value)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "code"], name="event_figure_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="event_figure_not_negative"),
            models.CheckConstraint(condition=Q(mark__in=[m.value for m in Mark]), name="event_figure_mark"),
        ]


class EventVersion(models.Model):
    """An event as it stood after one saving: who, when, and everything that was stated."""

    id = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    act = models.TextField()
    content = models.JSONField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="event_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="event_version_from_one"),
        ]

    @property
    def stated(self) -> dict[str, str]:
        """What was stated, by label, in the form's order: pairs, as an object of JSON would lose the order."""
        return dict(self.content)


class EventFile(models.Model):
    """A photo or a document that shows an event; the bytes are in the file store under their hash."""

    id = models.UUIDField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="files")
    name = models.TextField()
    kind = models.TextField()
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    by_name = models.TextField()
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    removed_by_name = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="event_file_hash"),
            models.CheckConstraint(condition=Q(size__gt=0), name="event_file_not_empty"),
        ]
