"""Tables of the room: campaigns."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.programmes.flow.campaigns import CampaignState
from yichuang.programmes.flow.events import Mark

MARKS = [Mark.EXACT.value, Mark.ABOUT.value]


class Campaign(models.Model):
    """A special work: what is to be filed under these items, how many, by which day."""

    id = models.UUIDField(primary_key=True)
    title = models.TextField()
    short_title = models.TextField()
    source = models.TextField()
    words = models.TextField(default="", blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="campaigns")
    items = ArrayField(models.UUIDField(), default=list)
    unit = models.TextField(default="件")
    target = models.IntegerField()
    target_mark = models.TextField(default=Mark.EXACT.value)
    starts_on = models.DateField()
    deadline = models.DateField()
    state = models.TextField(default=CampaignState.RUNNING.value)
    edit = models.IntegerField(default=1)
    changed_by_name = models.TextField()
    changed_at = models.DateTimeField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(source=""), name="campaign_says_whence"),
            models.CheckConstraint(condition=Q(target__gt=0), name="campaign_has_target"),
            models.CheckConstraint(condition=Q(target_mark__in=MARKS), name="campaign_target_mark"),
            models.CheckConstraint(condition=Q(deadline__gte=F("starts_on")), name="campaign_period"),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in CampaignState]), name="campaign_state"
            ),
            models.CheckConstraint(condition=~Q(items=[]), name="campaign_has_items"),
        ]

    def __str__(self) -> str:
        return self.title


class Filer(models.Model):
    """Who has to file in a campaign: a company or several together, with a target and days of its own."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="filers")
    position = models.IntegerField()
    name = models.TextField()
    applicants = ArrayField(models.UUIDField(), default=list)
    # The department that looks after this filer; null: the campaign's own.
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="filers")
    target = models.IntegerField()
    target_mark = models.TextField(default=Mark.EXACT.value)
    starts_on = models.DateField()
    deadline = models.DateField()
    # The last day whose filings count, once the filer has been taken out.
    removed_on = models.DateField(null=True)
    removed_why = models.TextField(default="", blank=True)
    removed_by_name = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "name"], name="filer_once_a_campaign"),
            models.UniqueConstraint(fields=["campaign", "position"], name="filer_position_once"),
            models.CheckConstraint(condition=~Q(name=""), name="filer_has_name"),
            models.CheckConstraint(condition=Q(target__gt=0), name="filer_has_target"),
            models.CheckConstraint(condition=Q(target_mark__in=MARKS), name="filer_target_mark"),
            models.CheckConstraint(condition=Q(deadline__gte=F("starts_on")), name="filer_period"),
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True) ^ ~Q(removed_why=""), name="filer_removed_why"
            ),
        ]
        ordering = ["position"]


class FilerDay(models.Model):
    """How many cases a filer filed on a day, and how far they are: written by the drain, so that no page counts cases."""

    pk = models.CompositePrimaryKey("filer_id", "filed_on")
    filer = models.ForeignKey(Filer, on_delete=models.CASCADE, related_name="days", db_index=False)
    filed_on = models.DateField()
    filed = models.IntegerField()
    # How many of them came from a file.
    bulk = models.IntegerField()
    accepted = models.IntegerField()
    decided = models.IntegerField()
    delivered = models.IntegerField()


class CampaignVersion(models.Model):
    """A campaign with its filers as it stood after one change: who, when, and everything that was stated."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    act = models.TextField()
    content = models.JSONField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="campaign_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="campaign_version_from_one"),
        ]

    @property
    def stated(self) -> dict[str, str]:
        """What was stated, by label, in the form's order: pairs, as an object of JSON would lose the order."""
        return dict(self.content)


class HandNumber(models.Model):
    """How many a filer has filed elsewhere up to a day, as reported: never changed, a later one replaces it."""

    id = models.UUIDField(primary_key=True)
    filer = models.ForeignKey(Filer, on_delete=models.CASCADE, related_name="hand_numbers")
    as_of = models.DateField()
    count = models.IntegerField()
    source = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()
    # Its fact's number in the campaign's chain: of two numbers for one day the one with the higher stands.
    seq = models.IntegerField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=0), name="hand_number_not_negative"),
            models.CheckConstraint(condition=~Q(source=""), name="hand_number_says_whence"),
        ]
        indexes = [models.Index(fields=["filer", "as_of", "seq"], name="hand_number_filer")]


class CampaignMilestone(models.Model):
    """A day by which a part of the target is to be reached."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="milestones")
    on = models.DateField()
    count = models.IntegerField()
    text = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "on"], name="campaign_milestone_once_a_day"),
            models.CheckConstraint(condition=Q(count__gt=0), name="campaign_milestone_count"),
        ]
        ordering = ["on"]


class FilerReminder(models.Model):
    """A reminder to a filer who is behind."""

    id = models.UUIDField(primary_key=True)
    filer = models.ForeignKey(Filer, on_delete=models.CASCADE, related_name="reminders")
    on = models.DateField()
    words = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()
    receivers = models.IntegerField(default=0)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["filer", "on"], name="filer_reminder_once_a_day")]
