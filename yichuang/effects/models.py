"""How far the effects have read the seals, and what processes on several hosts share: duties, trouble, counted tries."""

from django.db import models


class Cursor(models.Model):
    """A reader of seals and the last one that it has dealt with."""

    name = models.TextField(primary_key=True)
    seal = models.BigIntegerField(default=0)


class Duty(models.Model):
    """What the clock asks for: the worker that does it now, until when it need not ask again, the last day it was done."""

    name = models.TextField(primary_key=True)
    holder = models.TextField()
    until = models.DateTimeField()
    done_on = models.DateField(null=True)


class LongJob(models.Model):
    """A long job that was begun and has not ended well: how often, why not, and when it is tried again."""

    # What kind of job, then a colon, then the id of its row there.
    key = models.TextField(primary_key=True)
    begun = models.IntegerField(default=0)
    stumbled = models.IntegerField(default=0)
    not_before = models.DateTimeField()
    trouble = models.TextField(default="")


class Counter(models.Model):
    """How often something was tried, until it is forgotten; written by the cache of the site (`config.counters`)."""

    name = models.TextField(primary_key=True)
    value = models.IntegerField()
    until = models.DateTimeField(db_index=True)
