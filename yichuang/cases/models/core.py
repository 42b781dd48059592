"""Tables of the case. The partitioned ones are made by hand in the first migration."""

from django.db import models
from django.db.models import F, Q


class Case(models.Model):
    """One case: its current state, and what lists need. History is in the journal."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField()
    item_id = models.UUIDField()
    item_version_id = models.UUIDField()
    item_name = models.TextField()
    item_type = models.TextField()
    handling_kind = models.TextField()
    department_id = models.UUIDField()
    region = models.TextField()
    channel = models.TextField()
    applicant_id = models.UUIDField()
    applicant_name = models.TextField()
    state = models.TextField()
    seq = models.IntegerField()
    last_hash = models.BinaryField()
    filed_at = models.DateTimeField()
    filed_on = models.DateField()
    accepted_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    statutory_days = models.IntegerField()
    promised_days = models.IntegerField()
    extended_days = models.IntegerField(default=0)
    due_on = models.DateField(null=True)
    statutory_due_on = models.DateField(null=True)
    provisional = models.BooleanField(default=False)
    paused_on = models.DateField(null=True)
    days_left = models.IntegerField(null=True)
    statutory_days_left = models.IntegerField(null=True)
    days_used = models.IntegerField(null=True)
    corrections = models.IntegerField(default=0)
    outcome = models.TextField(null=True)
    promptness = models.TextField(null=True)
    green = models.BooleanField(default=False)
    # How many materials of 容缺受理 are still to come: none may be open when the case is decided.
    pending_open = models.IntegerField(default=0)
    # The day on which the licence that is to be renewed runs out (行政许可法 art. 50).
    renews_expires_on = models.DateField(null=True)
    confidentiality = models.SmallIntegerField(default=0)

    class Meta:
        managed = False
        db_table = "cases_case"


class CaseNumber(models.Model):
    """The number of a case, unique over all partitions."""

    number = models.TextField(primary_key=True)
    case_id = models.UUIDField()

    class Meta:
        db_table = "cases_number"


class Work(models.Model):
    """An open piece of work on a case."""

    pk = models.CompositePrimaryKey("case_id", "kind")
    case_id = models.UUIDField()
    kind = models.TextField()
    department_id = models.UUIDField()
    holder_id = models.UUIDField(null=True)
    holder_name = models.TextField(default="")
    due_on = models.DateField()
    opened_on = models.DateField()

    class Meta:
        db_table = "cases_work"
        indexes = [
            models.Index(fields=["department_id", "kind", "due_on", "case_id"], name="cases_work_kind"),
            models.Index(
                fields=["holder_id", "due_on", "case_id"],
                condition=Q(holder_id__isnull=False),
                name="cases_work_held",
            ),
            models.Index(fields=["due_on", "case_id"], name="cases_work_due"),
        ]


class Particulars(models.Model):
    """The words typed with a step; the fact holds only their salted commitment."""

    pk = models.CompositePrimaryKey("case_id", "seq")
    case_id = models.UUIDField()
    seq = models.IntegerField()
    internal = models.BooleanField()
    body = models.TextField()
    salt = models.TextField()

    class Meta:
        managed = False
        db_table = "cases_particulars"


class Transfer(models.Model):
    """An item passes to another department on a day (转隶): planned, then executed or cancelled.

    `moved` says what went along when it was executed: open cases, manual, guide, authorisations, delegations, reviews.
    """

    id = models.UUIDField(primary_key=True)
    item_id = models.UUIDField()
    item_name = models.TextField()
    from_department_id = models.UUIDField()
    to_department_id = models.UUIDField()
    effective_on = models.DateField()
    legal_basis = models.TextField()
    document_number = models.TextField()
    at = models.DateTimeField()
    by_name = models.TextField()
    executed_at = models.DateTimeField(null=True)
    moved = models.JSONField(default=dict)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by_name = models.TextField(default="", blank=True)
    cancelled_reason = models.TextField(default="", blank=True)
    # Why the last try on its day did not succeed.
    trouble = models.TextField(default="", blank=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        db_table = "cases_transfer"
        constraints = [
            models.UniqueConstraint(
                fields=["item_id"],
                condition=Q(executed_at__isnull=True, cancelled_at__isnull=True),
                name="transfer_one_planned",
            ),
            models.CheckConstraint(
                condition=~Q(from_department_id=F("to_department_id")), name="transfer_between_two"
            ),
            models.CheckConstraint(
                condition=~Q(legal_basis="") & ~Q(document_number=""), name="transfer_has_basis"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_reason="")
                | (Q(cancelled_at__isnull=False, executed_at__isnull=True) & ~Q(cancelled_reason="")),
                name="transfer_cancelled_or_executed",
            ),
        ]
        indexes = [models.Index(fields=["effective_on", "id"], name="cases_transfer_day")]
