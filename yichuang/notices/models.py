"""Tables of notices."""

from django.db import models
from django.db.models.functions import Coalesce


class Document(models.Model):
    """An official document as it was first rendered: kept by its hash, shown again byte for byte."""

    id = models.UUIDField(primary_key=True)
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    kind = models.TextField()
    number = models.TextField(default="")
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "seq", "kind"], name="document_once_a_fact")
        ]


class Message(models.Model):
    """A message in the outbox: what went, or would have gone, to whom, about which fact."""

    id = models.UUIDField(primary_key=True)
    applicant_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    channel = models.TextField()
    template = models.TextField()
    to = models.TextField()
    title = models.TextField()
    body = models.TextField()
    link = models.TextField(default="")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    failure = models.TextField(default="")

    class Meta:
        constraints = [
            # An effect may run twice; the message goes once.
            models.UniqueConstraint(fields=["subject_id", "seq", "channel", "to"], name="message_once_a_fact")
        ]
        # A message is an account's or an applicant's.
        indexes = [
            models.Index(Coalesce("account_id", "applicant_id"), models.F("id").desc(), name="message_owner"),
            models.Index(
                Coalesce("account_id", "applicant_id"),
                condition=models.Q(read_at__isnull=True),
                name="message_unread",
            ),
        ]
