"""Files of many filings: a run for each file, and what must be kept of its rows until it is done and purged."""

from django.db import models
from django.db.models import F, Q

from yichuang.catalogue.models import GuideVersion, Item
from yichuang.directory.models import Account, Applicant, Department
from yichuang.intake.flow import BULK_STATES, ROW_STATES


class BulkRun(models.Model):
    """One file of filings for one item: how it is read, how far it has come, what came of it."""

    id = models.UUIDField(primary_key=True)
    # Who files, for the key of a row: an applicant, a department, or one member of staff without a department.
    owner_key = models.TextField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(Applicant, null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(GuideVersion, on_delete=models.PROTECT, related_name="+")
    # The run whose faulty rows are brought once more (补充自).
    supplements = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supplemented_by"
    )
    channel = models.TextField()
    papers = models.BooleanField(default=False)
    file_name = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    file_size = models.BigIntegerField()
    header = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    state = models.TextField()
    reason = models.TextField(default="", blank=True)
    edit = models.IntegerField(default=1)
    # The last row of the file that was judged, and the last that was filed.
    read_through = models.IntegerField(default=0)
    filed_through = models.IntegerField(default=0)
    expected = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    bad = models.IntegerField(default=0)
    double = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    filed = models.IntegerField(default=0)
    # Milliseconds of work in the present phase, pauses left out: what the rate is counted from.
    worked_ms = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_bulkrun"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BULK_STATES), name="bulk_run_state"),
            models.UniqueConstraint(
                fields=["owner_key", "version", "file_sha256"],
                condition=~Q(state__in=["cancelled", "failed"]),
                name="bulk_same_file_once",
            ),
            models.CheckConstraint(condition=Q(filed__lte=F("good")), name="bulk_files_what_is_good"),
            models.CheckConstraint(
                condition=~Q(state__in=["filing", "waiting_file", "done"]) | Q(confirmed_at__isnull=False),
                name="bulk_files_what_was_confirmed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting_check", "checking", "waiting_file", "filing"]),
                name="bulk_waiting",
            ),
            models.Index(fields=["owner_key", "-id"], name="bulk_owner"),
            models.Index(fields=["item", "-id"], name="bulk_item"),
            models.Index(fields=["ended_at"], condition=Q(purged_at__isnull=True), name="bulk_to_purge"),
        ]


class BulkRow(models.Model):
    """One row of a run: of a sound one its key and answers, of a faulty one its cells and what is wrong with them."""

    pk = models.CompositePrimaryKey("run_id", "number")
    run_id = models.UUIDField()
    number = models.IntegerField()
    state = models.TextField()
    key = models.TextField(null=True)
    # Canonical texts: the answers as they will be filed; whom for, where the row names somebody.
    answers = models.TextField(null=True)
    applicant = models.TextField(null=True)
    cells = models.TextField(null=True)
    faults = models.TextField(null=True)
    # The row of the same file that says the same.
    same_as = models.IntegerField(null=True)

    class Meta:
        db_table = "intake_bulkrow"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ROW_STATES), name="bulk_row_state"),
            models.CheckConstraint(
                condition=Q(state="bad") | Q(key__isnull=False, answers__isnull=False),
                name="bulk_sound_row_has_answers",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_id", "state", "number"], condition=~Q(state="good"), name="bulk_row_beside"
            )
        ]


class BulkMapping(models.Model):
    """Which column of their files an operator has chosen for which answer: heading → code of the field."""

    owner_key = models.TextField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    chosen = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "intake_bulkmapping"
        constraints = [models.UniqueConstraint(fields=["owner_key", "item"], name="bulk_mapping_once")]
