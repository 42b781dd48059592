"""Tables of licence lists, legal texts with their versions, and the reviews of guides that follow from them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.catalogue.flow.lists import ListState, TaskState, TextChange
from yichuang.catalogue.models.items import GuideVersion, Item
from yichuang.directory.models import Account, Department, Region


class LicenceList(models.Model):
    """One list of licences (行政许可事项清单) of a division, with its days. Registered, it is never edited."""

    id = models.UUIDField(primary_key=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    title = models.TextField()
    document_number = models.TextField()
    issued_on = models.DateField()
    effective_on = models.DateField()
    expires_on = models.DateField(null=True)
    state = models.TextField(default=ListState.DRAFT)
    edit = models.IntegerField(default=1)
    at = models.DateTimeField()
    by_name = models.TextField()
    registered_at = models.DateTimeField(null=True)
    registered_by_name = models.TextField(default="", blank=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "document_number"], name="licence_list_number_once"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(document_number=""), name="licence_list_said_whole"
            ),
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("issued_on"))
                & (Q(expires_on__isnull=True) | Q(expires_on__gte=F("effective_on"))),
                name="licence_list_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state=ListState.DRAFT, registered_at__isnull=True)
                | Q(state=ListState.REGISTERED, registered_at__isnull=False),
                name="licence_list_known_state",
            ),
        ]


class ListEntry(models.Model):
    """One licence of a list: its name, who implements it, on what it stands."""

    id = models.BigAutoField(primary_key=True)
    listed_in = models.ForeignKey(LicenceList, on_delete=models.CASCADE, related_name="entries")
    position = models.IntegerField()
    name = models.TextField()
    # The name as it is compared: without spaces, brackets and punctuation of either width.
    name_key = models.TextField()
    department_name = models.TextField()
    legal_basis = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listed_in", "position"], name="list_entry_position_once"),
            models.UniqueConstraint(fields=["listed_in", "name_key"], name="list_entry_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(name_key=""), name="list_entry_has_name"),
        ]
        ordering = ["position"]


class LegalText(models.Model):
    """A law, regulation or rule by its name; what it says stands in its versions."""

    id = models.UUIDField(primary_key=True)
    title = models.TextField()
    title_key = models.TextField(unique=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(title_key=""), name="legal_text_has_title")]
        ordering = ["title"]


class LegalVersion(models.Model):
    """One version of a legal text. `articles`: those that changed; none means the whole text."""

    id = models.UUIDField(primary_key=True)
    text = models.ForeignKey(LegalText, on_delete=models.PROTECT, related_name="versions")
    change = models.TextField()
    document_number = models.TextField()
    issued_on = models.DateField()
    effective_on = models.DateField()
    expires_on = models.DateField(null=True)
    articles = ArrayField(models.IntegerField(), default=list)
    note = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "document_number"], name="legal_version_number_once"),
            models.CheckConstraint(
                condition=Q(change__in=[one.value for one in TextChange]), name="legal_version_known_change"
            ),
            models.CheckConstraint(condition=~Q(document_number=""), name="legal_version_has_number"),
            models.CheckConstraint(
                condition=Q(effective_on__gte=F("issued_on"))
                & (Q(expires_on__isnull=True) | Q(expires_on__gte=F("effective_on"))),
                name="legal_version_days_in_order",
            ),
        ]
        ordering = ["-effective_on", "-id"]


class ReviewTask(models.Model):
    """The guide of an item is to be looked at because of a list, a legal text, or a transfer of the item.

    Answered by the version of the guide that takes it up, or by a reason why the guide is not affected.
    """

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="reviews")
    listed_in = models.ForeignKey(LicenceList, null=True, on_delete=models.PROTECT, related_name="tasks")
    law = models.ForeignKey(LegalVersion, null=True, on_delete=models.PROTECT, related_name="tasks")
    # The transfer of the item to another department; the register of transfers stands in the room of cases.
    transfer_id = models.UUIDField(null=True)
    why = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.TextField(default=TaskState.OPEN)
    edit = models.IntegerField(default=1)
    version = models.ForeignKey(GuideVersion, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "listed_in"], name="review_once_a_list"),
            models.UniqueConstraint(fields=["item", "law"], name="review_once_a_law"),
            models.UniqueConstraint(fields=["item", "transfer_id"], name="review_once_a_transfer"),
            models.CheckConstraint(
                condition=Q(listed_in__isnull=False, law__isnull=True, transfer_id__isnull=True)
                | Q(listed_in__isnull=True, law__isnull=False, transfer_id__isnull=True)
                | Q(listed_in__isnull=True, law__isnull=True, transfer_id__isnull=False),
                name="review_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, version__isnull=True, closed_at__isnull=True)
                | Q(state=TaskState.DONE, version__isnull=False, closed_at__isnull=False)
                | (
                    Q(state=TaskState.NOT_AFFECTED, version__isnull=True, closed_at__isnull=False)
                    & ~Q(reason="")
                ),
                name="review_answered_whole",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on", "id"], name="review_due")]
