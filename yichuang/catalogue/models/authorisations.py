"""Tables of authorisation: which items the one-stop window may accept, and which ones others handle on delegation."""

from django.db import models
from django.db.models import F, Q

from yichuang.catalogue.flow import DelegationKind, DelegationLevel
from yichuang.catalogue.models.items import Item
from yichuang.directory.models import Department, Region


class Authorisation(models.Model):
    """A department lets the one-stop window accept an item (事项授权) from a day, by a document.

    `department` is who answers for it now; it goes with the item. `basis` says on whose written word somebody else
    registered it. A withdrawal never removes the row: it says from which day, why and by whom.
    """

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="authorisations")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    from_day = models.DateField()
    document_number = models.TextField()
    basis = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()
    withdrawn_from = models.DateField(null=True)
    withdrawn_reason = models.TextField(default="", blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.TextField(default="", blank=True)
    # The key of the form that asked for it: a second click makes no second row.
    key = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "item"], name="authorisation_key_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(withdrawn_from__isnull=True), name="authorisation_one_open"
            ),
            models.CheckConstraint(condition=~Q(document_number=""), name="authorisation_has_document"),
            models.CheckConstraint(
                condition=Q(withdrawn_from__isnull=True, withdrawn_reason="", withdrawn_at__isnull=True)
                | (
                    Q(withdrawn_from__gte=F("from_day"), withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")
                ),
                name="authorisation_withdrawn_with_reason",
            ),
        ]


class Delegation(models.Model):
    """An item that a park or a district handles for the province (集成授权、下放、委托), within a scope and dates.

    The receiver is a division of the directory or a named park. `until_day` is the last day; none means without end.
    """

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="delegations")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    level = models.TextField()
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+")
    receiver = models.TextField()
    scope = models.TextField()
    address = models.TextField(default="", blank=True)
    from_day = models.DateField()
    until_day = models.DateField(null=True)
    document_number = models.TextField()
    basis = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()
    ended_reason = models.TextField(default="", blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.TextField(default="", blank=True)
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in DelegationKind]), name="delegation_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[one.value for one in DelegationLevel]), name="delegation_known_level"
            ),
            models.CheckConstraint(
                condition=~Q(receiver="") & ~Q(scope="") & ~Q(document_number=""),
                name="delegation_said_whole",
            ),
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gte=F("from_day")),
                name="delegation_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_reason="")
                | (Q(ended_at__isnull=False, until_day__isnull=False) & ~Q(ended_reason="")),
                name="delegation_ended_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["item", "from_day"], name="delegation_item")]
