"""Tables of the directory."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left

from yichuang.directory.flow import HIGHEST_CLEARANCE, ApplicantKind, Capability, DepartmentKind, Reach


class Region(models.Model):
    """An administrative division by its twelve-digit code (GB/T 2260)."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.TextField()
    level = models.TextField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{12}$"), name="region_code_twelve_digits")
        ]


class Department(models.Model):
    """A body that implements items, or an office of the centre."""

    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=32)
    # Three digits that stand in every case number of the department.
    number_code = models.CharField(max_length=4)
    name = models.TextField()
    short_name = models.TextField()
    kind = models.TextField(default=DepartmentKind.PROVINCIAL)
    region = models.ForeignKey(Region, on_delete=models.PROTECT)
    credit_code = models.TextField(default="", blank=True)
    document_word = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "code"], name="department_code_once_a_region"),
            models.UniqueConstraint(fields=["region", "number_code"], name="department_number_once_a_region"),
            models.CheckConstraint(
                condition=Q(number_code__regex=r"^[0-9]{3,4}$"), name="department_number_digits"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in DepartmentKind]), name="department_kind"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="department_has_name"),
        ]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post with the capabilities that whoever holds it has."""

    id = models.UUIDField(primary_key=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="posts")
    name = models.TextField()
    capabilities = ArrayField(models.TextField(), default=list)
    everywhere = models.BooleanField(default=False)
    # Reaches every department whose division lies at or below that of its own.
    reach_region = models.BooleanField(default=False, db_default=False)
    # The highest level of confidentiality that may be opened: 0 open … 3.
    clearance = models.SmallIntegerField(default=0, db_default=0)
    is_active = models.BooleanField(default=True)

    @property
    def reach(self) -> Reach:
        """How far the capabilities of the post extend."""
        return (
            Reach.EVERYWHERE if self.everywhere else Reach.REGION if self.reach_region else Reach.DEPARTMENT
        )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(clearance__gte=0, clearance__lte=HIGHEST_CLEARANCE), name="post_clearance"
            ),
            models.CheckConstraint(
                condition=~Q(everywhere=True, reach_region=True), name="post_reach_is_one"
            ),
            models.UniqueConstraint(fields=["department", "name"], name="post_name_once_a_department"),
            models.CheckConstraint(
                condition=Q(capabilities__contained_by=[c.value for c in Capability]),
                name="post_known_capabilities",
            ),
        ]
        ordering = ["name"]


class AccountManager(BaseUserManager["Account"]):
    """What Django's authentication asks of a manager of accounts."""


class Account(AbstractBaseUser):
    """Somebody who can sign in: a member of staff, or an applicant."""

    id = models.UUIDField(primary_key=True)
    username = models.CharField(max_length=64, unique=True)
    display_name = models.TextField()
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="holders")
    applicant = models.ForeignKey(
        "Applicant", null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_staff=True, post__isnull=False, applicant__isnull=True)
                | Q(is_staff=False, post__isnull=True, applicant__isnull=False),
                name="account_is_staff_or_applicant",
            )
        ]


class Applicant(models.Model):
    """A person or a company that files cases, identified by one paper."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    name = models.TextField()
    paper_type = models.TextField()
    paper_number = models.TextField()
    phone = models.TextField(default="", blank=True)
    address = models.TextField(default="", blank=True)
    legal_representative = models.TextField(default="", blank=True)
    search = SearchVectorField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper_type", "paper_number"], name="applicant_paper_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ApplicantKind]), name="applicant_kind"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="applicant_has_name"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="applicant_search"),
            models.Index(Left("name", 100), "id", name="applicant_named"),
        ]
