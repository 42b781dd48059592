"""Tokens by which machines ask in the name of an account."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.directory.models.core import Account


class ApiToken(models.Model):
    """One token. Only the SHA-256 of its secret is kept: whoever reads the table cannot ask with it."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    name = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.TextField(), default=list)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # The day of the latest request: enough to find tokens that nobody needs, and one write a day at most.
    last_used_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), expires_at__lte=F("made_at") + timedelta(days=366)),
                name="token_at_most_a_year",
            ),
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="token_digest_only"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(scopes=[]), name="token_has_name_and_scope"),
        ]
        ordering = ["-made_at", "-id"]
