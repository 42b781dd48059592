"""Tables of intake. What belongs to a case for good is partitioned like the case."""

from django.db import models
from django.db.models import Q

from yichuang.catalogue.models import GuideVersion
from yichuang.directory.models import Account, Applicant


class Draft(models.Model):
    """A filing that somebody has begun. It can be left and taken up again until it is filed."""

    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="drafts")
    version = models.ForeignKey(GuideVersion, on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(Applicant, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.TextField()
    answers = models.JSONField(default=dict)
    # The last writer of each section: {"water": {"edit": 7, "tab": "…"}}. Two tabs cannot overwrite each other.
    marks = models.JSONField(default=dict)
    edit = models.IntegerField(default=1)
    # The case whose correction is prepared here; null for a new filing.
    mends = models.UUIDField(null=True)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    case_id = models.UUIDField(null=True)
    # The window's consultation that this filing grew out of; the halls keep it.
    consultation = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["owner", "-changed_at"], condition=Q(case_id__isnull=True), name="draft_open"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "mends"], condition=Q(case_id__isnull=True), name="draft_one_correction"
            )
        ]


class DraftMaterial(models.Model):
    """A file put to a draft's material."""

    id = models.UUIDField(primary_key=True)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="materials")
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()


class Application(models.Model):
    """What was filed: the answers as given, beside the case that they opened.

    `earlier` is the canonical list of what a correction has replaced: [{"edit", "answers", "salt", "at"}]; with its
    salt every commitment in the journal can still be proved.
    """

    case_id = models.UUIDField(primary_key=True)
    version_id = models.UUIDField()
    answers = models.TextField()
    salt = models.TextField()
    filed_by_id = models.UUIDField()
    edit = models.IntegerField(default=1)
    earlier = models.TextField(default="[]")

    class Meta:
        managed = False
        db_table = "intake_application"


class Material(models.Model):
    """A filed material; `round` 0 is the filing, 1 the first answer to a correction notice."""

    pk = models.CompositePrimaryKey("case_id", "id")
    case_id = models.UUIDField()
    id = models.UUIDField()
    round = models.IntegerField()
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    size = models.IntegerField()
    sha256 = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "intake_material"


class FixedReceipt(models.Model):
    """What the receipt of a filing says, in canonical text: written with the filing, never changed."""

    case_id = models.UUIDField(primary_key=True)
    content_sha256 = models.TextField()
    body = models.TextField()

    class Meta:
        managed = False
        db_table = "intake_receipt"


class ReceiptSignature(models.Model):
    """The signature over a receipt's text, made once: with the filing, or when it was first shown."""

    case_id = models.UUIDField(primary_key=True)
    key_id = models.TextField()
    algorithm = models.TextField()
    value = models.TextField()

    class Meta:
        managed = False
        db_table = "intake_receipt_signature"
