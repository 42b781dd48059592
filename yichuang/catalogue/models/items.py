"""Tables of the catalogue."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from yichuang.catalogue.flow import ManualState, VersionState
from yichuang.directory.models import Account, Department, Region


class Item(models.Model):
    """A service item (办理项) by its code. What was imported stands here as it came, with its flags."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    main_item = models.TextField(default="", blank=True)
    item_type = models.CharField(max_length=2)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="items")
    region = models.ForeignKey(Region, on_delete=models.PROTECT)
    # The row of the list it came from, as it stands there, and what is wrong with it.
    source = models.JSONField(default=dict)
    source_name = models.TextField(default="")
    flags = ArrayField(models.TextField(), default=list)
    revision = models.IntegerField(default=1)
    current = models.ForeignKey(
        "GuideVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="current_of"
    )
    is_active = models.BooleanField(default=True)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(item_type__regex=r"^[0-9]{2}$"), name="item_type_two_digits"),
            models.CheckConstraint(condition=~Q(code=""), name="item_has_code"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="item_search"),
            models.Index(fields=["department", "code"], name="item_department_code"),
        ]


class ItemRevision(models.Model):
    """What an import changed in an item: the version before and after, field by field."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField()
    source = models.JSONField()
    changes = models.JSONField(default=list)
    source_name = models.TextField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="item_revision_once")]


class ImportRun(models.Model):
    """One import of a list and what came of it."""

    id = models.UUIDField(primary_key=True)
    source_name = models.TextField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by_name = models.TextField()
    new = models.IntegerField()
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    flagged = models.IntegerField()
    flagged_rows = models.JSONField(default=list)
    # The key of the form that asked for it: a second click finds this run.
    key = models.TextField(null=True, unique=True)


class GuideVersion(models.Model):
    """One version of an item's guide: its elements as data. A published version is never edited."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.TextField(default=VersionState.DRAFT)
    elements = models.JSONField()
    statutory_days = models.IntegerField()
    promised_days = models.IntegerField()
    handling_kind = models.TextField()
    edit = models.IntegerField(default=1)
    # Every account that has ever saved a word of it: four eyes must not be among them.
    writers = ArrayField(models.UUIDField(), default=list)
    written_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="guide_version_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state=VersionState.PUBLISHED), name="guide_one_published"
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW]),
                name="guide_one_in_work",
            ),
            models.CheckConstraint(
                condition=Q(promised_days__gte=0)
                & (~Q(state=VersionState.PUBLISHED) | Q(promised_days__lte=models.F("statutory_days"))),
                name="guide_promise_within_statute",
            ),
            models.CheckConstraint(
                condition=~Q(state=VersionState.PUBLISHED)
                | Q(written_by__isnull=True)
                | (
                    ~Q(published_by=models.F("written_by"))
                    & ~Q(published_by=models.F("submitted_by"))
                    & ~Q(writers__contains=[models.F("published_by")])
                ),
                name="guide_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in VersionState]), name="guide_known_state"
            ),
        ]


class Manual(models.Model):
    """The acceptance manual (受理手册) of an item: what the window checks before it accepts."""

    item = models.OneToOneField(Item, primary_key=True, on_delete=models.PROTECT, related_name="manual")
    state = models.TextField(default=ManualState.COMPILING)
    points = models.JSONField(default=list)
    edit = models.IntegerField(default=1)
    published_on = models.DateField(null=True)
    changed_at = models.DateTimeField()
    changed_by_name = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ManualState]), name="manual_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state=ManualState.PUBLISHED) | Q(published_on__isnull=False),
                name="manual_published_has_day",
            ),
        ]
