"""The files of an issued report and their signatures: written once, after 签发, never changed."""

from django.db import models
from django.db.models import Q

from yichuang.reports.models.report import Report


class FileSignature(models.Model):
    """One file of an issue as it was issued: its digests and the detached SM2 signature over its bytes (Base64 of DER).

    The file itself lies in the file store under `sha256`. `form` is its format; `signed.pdf` is the PDF that carries a
    signature inside, whose `certificate` (PEM) is kept with it.
    """

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="signatures")
    position = models.IntegerField()
    form = models.TextField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    size = models.IntegerField()
    signature = models.TextField()
    public_key = models.TextField()
    key_id = models.TextField()
    certificate = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["report", "position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "form"], name="signature_once_a_format"),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$", sm3__regex="^[0-9a-f]{64}$"),
                name="signature_digests",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="signature_of_a_file"),
            models.CheckConstraint(
                condition=~Q(signature="") & ~Q(public_key="") & ~Q(key_id=""), name="signature_is_whole"
            ),
        ]
