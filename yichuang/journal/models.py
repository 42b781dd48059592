"""Tables of the journal. The partitioned ones are made by hand in the first migration."""

from django.db import models


class Fact(models.Model):
    """One thing that happened to one subject. Never updated, never deleted."""

    pk = models.CompositePrimaryKey("subject_id", "seq")
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    subject_kind = models.TextField()
    kind = models.TextField()
    at = models.DateTimeField()
    day = models.DateField()
    actor = models.TextField()
    actor_name = models.TextField()
    department_id = models.UUIDField(null=True)
    ground = models.TextField(null=True)
    number = models.TextField(null=True)
    data = models.TextField()
    key = models.TextField(null=True)
    key_hash = models.TextField(null=True)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "journal_fact"


class Fresh(models.Model):
    """A fact that the drain has not taken yet, with the dimensions that figures need."""

    pk = models.CompositePrimaryKey("subject_id", "seq")
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    subject_kind = models.TextField()
    kind = models.TextField()
    hash = models.BinaryField()
    day = models.DateField()
    department_id = models.UUIDField(null=True)
    item_id = models.UUIDField(null=True)
    item_type = models.TextField(null=True)
    region = models.TextField(null=True)
    channel = models.TextField(null=True)
    outcome = models.TextField(null=True)
    promptness = models.TextField(null=True)
    days_used = models.IntegerField(null=True)
    limit_days = models.IntegerField(null=True)
    # How many pieces the fact counts: a clerk hands over forty cases in one act.
    quantity = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "journal_fresh"


class Seal(models.Model):
    """A drained batch: the Merkle root of its facts' hashes, chained to the seal before it."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    leaves = models.IntegerField()
    root = models.TextField()
    chain = models.TextField()
    # The hash of root and chain: SHA-256, or SM3 where the installation must use it.
    algorithm = models.TextField(default="sha256", db_default="sha256")

    class Meta:
        db_table = "journal_seal"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(algorithm__in=["sha256", "sm3"]), name="journal_seal_known_hash"
            )
        ]


class Publication(models.Model):
    """A head that left the house: where to, when, and under which signature. Append-only."""

    pk = models.CompositePrimaryKey("place", "seal_number")
    place = models.TextField()
    seal_number = models.BigIntegerField()
    at = models.DateTimeField()
    key_id = models.TextField()
    signature = models.TextField()

    class Meta:
        db_table = "journal_publication"
        indexes = [models.Index(fields=["seal_number"], name="journal_publication_seal")]


class Leaf(models.Model):
    """Which fact stands where in which seal."""

    pk = models.CompositePrimaryKey("seal_number", "position")
    seal_number = models.BigIntegerField()
    position = models.IntegerField()
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_leaf"
        constraints = [models.UniqueConstraint(fields=["subject_id", "seq"], name="journal_leaf_fact_once")]
        indexes = [models.Index(fields=["hash"], name="journal_leaf_hash")]


class ClientKey(models.Model):
    """A key that created a subject, kept for ever with the hash of what was sent."""

    key = models.TextField(primary_key=True)
    subject_id = models.UUIDField()
    body_hash = models.TextField()
    owner = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "journal_client_key"


class Series(models.Model):
    """A gapless number series: the last number given."""

    series = models.TextField(primary_key=True)
    last = models.BigIntegerField()

    class Meta:
        db_table = "journal_series"
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=1), name="journal_series_counts_up")
        ]
