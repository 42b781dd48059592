"""Tables of the exchange. The cases are partitioned by quarter and made by hand in the first migration."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from yichuang.directory.models import Account
from yichuang.exchange.flow import UNDONE, BatchState, Doubt, WebhookState


class System(models.Model):
    """A department's system that may report: for which departments and items, by which account, in which folder.

    No item named: all items of the departments. `folder`: below the folder for files; empty where it brings none.
    """

    id = models.UUIDField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    departments = ArrayField(models.UUIDField())
    items = ArrayField(models.TextField(), default=list)
    contact = models.TextField()
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="reporting_system")
    reports_limits = models.BooleanField(default=False)
    regional = models.BooleanField(default=False)
    folder = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    edit = models.IntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by_name = models.TextField()

    class Meta:
        db_table = "exchange_system"
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9-]{1,31}$"), name="system_code"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(contact="") & ~Q(departments=[]), name="system_has_words"
            ),
            models.UniqueConstraint(
                fields=["folder"], condition=~Q(folder=""), name="system_folder_of_its_own"
            ),
        ]


class Mapping(models.Model):
    """What a system's own code of an item or a department means here."""

    id = models.UUIDField(primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="mappings")
    sort = models.TextField()
    code = models.TextField()
    target = models.UUIDField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        db_table = "exchange_mapping"
        constraints = [
            models.UniqueConstraint(fields=["system", "sort", "code"], name="mapping_once"),
            models.CheckConstraint(condition=Q(sort__in=["item", "department"]), name="mapping_sort"),
        ]


class Batch(models.Model):
    """What a system sent at once. `lines_done` says how far it is written: whoever goes on begins there."""

    id = models.UUIDField(primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="batches")
    name = models.TextField(default="", blank=True)
    sha256 = models.TextField()
    state = models.TextField(default=BatchState.RUNNING.value)
    lines_done = models.IntegerField(default=0)
    received = models.IntegerField(default=0)
    taken = models.IntegerField(default=0)
    known = models.IntegerField(default=0)
    quarantined = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    # How many cases more were accepted and not ended after it than before: the sum over batches is what is open.
    opened = models.IntegerField(default=0, db_default=0)
    # Why it was laid aside, in words; empty while nothing is wrong.
    trouble = models.TextField(default="", db_default="", blank=True)
    # How the rows of a national table conform (`rules.national.told`); null for events as they are.
    conformance = models.JSONField(null=True)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exchange_batch"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in BatchState]), name="batch_state"),
            models.CheckConstraint(
                condition=Q(
                    received=models.F("taken")
                    + models.F("known")
                    + models.F("quarantined")
                    + models.F("refused")
                ),
                name="batch_counts_every_line",
            ),
        ]
        indexes = [models.Index(fields=["system", "-id"], name="batch_of_system")]


class Line(models.Model):
    """A line of a batch that was not simply taken: refused or put into quarantine, with the reasons."""

    pk = models.CompositePrimaryKey("batch_id", "place")
    batch_id = models.UUIDField()
    place = models.IntegerField()
    quarantine_id = models.UUIDField(null=True)
    source_number = models.TextField(default="", blank=True)
    reasons = ArrayField(models.TextField())
    raw = models.TextField()

    class Meta:
        db_table = "exchange_line"
        # Those whose words are still kept, by their case: what grows old or is destroyed is found among few.
        indexes = [models.Index(fields=["source_number"], condition=~Q(raw=""), name="exchange_line_kept")]


class Case(models.Model):
    """One reported case: where it stands, and the events that it stands on (`rules.keeping`). History is in the journal."""

    id = models.UUIDField(primary_key=True)
    system_id = models.UUIDField()
    source_number = models.TextField()
    item_id = models.UUIDField()
    item_code = models.TextField()
    item_type = models.TextField()
    department_id = models.UUIDField()
    region = models.TextField()
    applicant_name = models.TextField(default="")
    applicant_no = models.IntegerField(default=0)
    salt = models.TextField()
    state = models.TextField()
    seq = models.IntegerField()
    last_hash = models.BinaryField()
    reported_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    accepted_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    outcome = models.TextField(default="")
    promptness = models.TextField(default="")
    due_on = models.DateField(null=True)
    limit_days = models.IntegerField(null=True)
    days_used = models.IntegerField(null=True)
    doubts = models.IntegerField(default=0)
    events = models.TextField()

    class Meta:
        managed = False
        db_table = "exchange_case"


class CaseNumber(models.Model):
    """The number that a system gave a case, unique over all partitions."""

    pk = models.CompositePrimaryKey("system_id", "source_number")
    system_id = models.UUIDField()
    source_number = models.TextField()
    case_id = models.UUIDField()

    class Meta:
        db_table = "exchange_number"


class Quarantine(models.Model):
    """A line that can be read and does not count: why, and what a person decided. Nothing disappears from here."""

    id = models.UUIDField(primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="doubts")
    source_number = models.TextField()
    event_no = models.IntegerField()
    digest = models.TextField()
    kind = models.TextField()
    day = models.DateField()
    item_code = models.TextField()
    # Where the line belongs as far as that is known: who may see it.
    department_id = models.UUIDField(null=True)
    # The case whose events it was weighed against; null where it stays outside.
    case_id = models.UUIDField(null=True)
    reasons = ArrayField(models.TextField())
    state = models.TextField()
    raw = models.TextField()
    batch_id = models.UUIDField(null=True)
    place = models.IntegerField(default=0)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_name = models.TextField(default="", blank=True)
    ground = models.TextField(default="", blank=True)
    # With which the fact of the decision commits to the ground.
    salt = models.TextField(default="", db_default="", blank=True)
    # How many cases more were open after the decision than before.
    opened = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "exchange_quarantine"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in Doubt]), name="quarantine_state"),
            models.CheckConstraint(
                condition=~Q(state__in=[Doubt.TAKEN.value, Doubt.DROPPED.value]) | ~Q(ground=""),
                name="quarantine_done_with_ground",
            ),
            models.UniqueConstraint(
                fields=["system", "source_number", "event_no", "digest"], name="quarantine_once"
            ),
        ]
        indexes = [
            models.Index(fields=["case_id"], name="quarantine_case"),
            models.Index(
                fields=["-id"],
                condition=Q(state__in=[s.value for s in UNDONE]),
                name="quarantine_undone",
            ),
            models.Index(fields=["system"], condition=~Q(opened=0), name="quarantine_opened"),
            models.Index(
                fields=["done_at"], condition=~Q(raw="") & Q(done_at__isnull=False), name="quarantine_kept"
            ),
        ]


class Destroyed(models.Model):
    """By which order the content of a reported case was destroyed; its fact commits to the words with the salt."""

    case_id = models.UUIDField(primary_key=True)
    ground = models.TextField()
    reason = models.TextField()
    salt = models.TextField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        db_table = "exchange_destroyed"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="destroyed_by_an_order")]


class Webhook(models.Model):
    """An address that is told of facts by POST, and how far in the seals it has been told.

    No department named: all of them. The secret is kept nowhere: it is derived from the installation's key, `secret_no` and the id.
    """

    id = models.UUIDField(primary_key=True)
    name = models.TextField()
    address = models.TextField()
    departments = ArrayField(models.UUIDField(), default=list)
    kinds = ArrayField(models.TextField())
    secret_no = models.IntegerField(default=1)
    state = models.TextField(default=WebhookState.ACTIVE.value)
    # The last fact that it was told of, or that was passed over because it did not ask for it.
    seal = models.BigIntegerField()
    position = models.IntegerField(default=-1)
    told = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    trouble = models.TextField(default="", blank=True)
    edit = models.IntegerField(default=1)
    made_at = models.DateTimeField()
    made_by_name = models.TextField()
    key = models.TextField(unique=True)

    class Meta:
        db_table = "exchange_webhook"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in WebhookState]), name="webhook_state"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(address="") & ~Q(kinds=[]), name="webhook_has_words"
            ),
            models.CheckConstraint(condition=Q(seal__gte=0, position__gte=-1), name="webhook_place"),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gte=1, failing_since__isnull=False),
                name="webhook_failures_have_a_beginning",
            ),
        ]


class WebhookPost(models.Model):
    """One try to tell a webhook: what, when, and what was answered. The newest two hundred of each are kept."""

    id = models.UUIDField(primary_key=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="posts")
    at = models.DateTimeField()
    first_place = models.TextField()
    facts = models.IntegerField()
    status = models.IntegerField()
    trouble = models.TextField(default="", blank=True)

    class Meta:
        db_table = "exchange_webhookpost"
        indexes = [models.Index(fields=["webhook", "-id"], name="webhookpost_newest")]
