"""How far the effects have read the seals."""

from django.db import models


class Cursor(models.Model):
    """A reader of seals and the last one that it has dealt with."""

    name = models.TextField(primary_key=True)
    seal = models.BigIntegerField(default=0)
