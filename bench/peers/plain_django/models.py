"""The tables that the pages read, as models."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models


class Department(models.Model):
    """A department."""

    id = models.UUIDField(primary_key=True)
    short_name = models.TextField()

    class Meta:
        managed = False
        db_table = "directory_department"


class Post(models.Model):
    """What an account may do, and where."""

    id = models.UUIDField(primary_key=True)
    name = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)

    class Meta:
        managed = False
        db_table = "directory_post"


class Account(AbstractBaseUser):
    """Who is signed in."""

    id = models.UUIDField(primary_key=True)
    username = models.TextField(unique=True)
    display_name = models.TextField()
    is_active = models.BooleanField()
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT)
    USERNAME_FIELD = "username"

    class Meta:
        managed = False
        db_table = "directory_account"


class Applicant(models.Model):
    """Who applied."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    name = models.TextField()

    class Meta:
        managed = False
        db_table = "directory_applicant"


class Case(models.Model):
    """A case."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField()
    item_name = models.TextField()
    item_type = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT)
    applicant_name = models.TextField()
    state = models.TextField()
    filed_on = models.DateField()
    accepted_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    outcome = models.TextField(null=True)
    promptness = models.TextField(null=True)
    green = models.BooleanField()

    class Meta:
        managed = False
        db_table = "cases_case"


class Work(models.Model):
    """An open piece of work on a case."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT)
    kind = models.TextField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    holder_name = models.TextField()
    due_on = models.DateField()

    class Meta:
        managed = False
        db_table = "cases_work"


class Fact(models.Model):
    """One thing that happened to a case."""

    pk = models.CompositePrimaryKey("subject_id", "seq")
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    kind = models.TextField()
    at = models.DateTimeField()
    actor_name = models.TextField()
    data = models.TextField()

    class Meta:
        managed = False
        db_table = "journal_fact"


class Application(models.Model):
    """What was filed."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT)
    answers = models.TextField()

    class Meta:
        managed = False
        db_table = "intake_application"


class Daily(models.Model):
    """A figure of a day."""

    pk = models.CompositePrimaryKey("day", "kind", "department_id")
    day = models.DateField()
    kind = models.TextField()
    department_id = models.UUIDField()
    item_type = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "statistics_daily"
