"""What the newsroom keeps: drafts, figures and photos of contributions, the numbers of a text, offers that were used."""

from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.reports.models.report import Contribution, Report
from yichuang.reports.rules.figure_fields import Binding

USED, HIDDEN = "used", "hidden"


class ContributionDraft(models.Model):
    """What an author has typed so far, as typed: nothing is checked before it is sent, nothing typed is lost."""

    id = models.UUIDField(primary_key=True)
    author_id = models.UUIDField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    key = models.TextField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["author_id", "-at"], name="contribution_draft_author")]


class ContributionFigure(models.Model):
    """A figure that a department states: of a register (`code`, `address`), or with the words that name its source."""

    id = models.UUIDField(primary_key=True)
    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="figures")
    position = models.IntegerField()
    label = models.TextField()
    value = models.DecimalField(max_digits=30, decimal_places=6)
    unit = models.TextField(blank=True)
    as_of = models.DateField()
    source = models.TextField(blank=True)
    code = models.TextField(blank=True)
    address = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "position"], name="contribution_figure_position_once"
            ),
            models.CheckConstraint(condition=~Q(label=""), name="contribution_figure_says_what"),
            models.CheckConstraint(
                condition=~Q(source="") | ~Q(code=""), name="contribution_figure_has_a_source"
            ),
        ]
        ordering = ["position"]


class ContributionPhoto(models.Model):
    """A photo of a contribution, kept by its hash; what it shows stands in the caption."""

    id = models.UUIDField(primary_key=True)
    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="photos")
    position = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.TextField()
    name = models.TextField()
    size = models.BigIntegerField()
    caption = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "position"], name="contribution_photo_position_once"
            ),
            models.UniqueConstraint(fields=["contribution", "sha256"], name="contribution_photo_once"),
            models.CheckConstraint(condition=Q(kind__in=["jpeg", "png"]), name="contribution_photo_kind"),
            models.CheckConstraint(condition=Q(size__gt=0), name="contribution_photo_has_content"),
        ]
        ordering = ["position"]


class OfferUse(models.Model):
    """What became of an offered sentence in a report: used in a heading, or hidden with a reason.

    `first_day` and `last_day` are those for which the registers were asked; `key` names row and state there.
    """

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="offer_uses")
    key = models.TextField()
    register = models.TextField()
    topic = models.TextField()
    text = models.TextField()
    address = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.TextField()
    section = models.TextField(blank=True)
    item_id = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField()
    client_key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="offer_used_once"),
            models.CheckConstraint(
                condition=Q(state=USED) & ~Q(item_id="") | Q(state=HIDDEN) & ~Q(reason=""),
                name="offer_used_or_hidden_with_reason",
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="offer_period"),
        ]


class FigureField(models.Model):
    """A number that stands in the text of a report, and where it comes from.

    `item_id` names the text (an item of news, visit:…, inspection:…), `ordinal` its place among the numbers there;
    `before` and `after` are the words around it, by which it is found again when the text is edited.
    """

    id = models.UUIDField(primary_key=True)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="figure_fields")
    item_id = models.TextField()
    ordinal = models.IntegerField()
    printed = models.TextField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    value = models.DecimalField(max_digits=30, decimal_places=6)
    unit = models.TextField(blank=True)
    kind = models.TextField(default=Binding.UNBOUND.value)
    label = models.TextField(blank=True)
    code = models.TextField(blank=True)
    address = models.TextField(blank=True)
    as_of = models.DateField(null=True)
    source = models.TextField(blank=True)
    stated = models.DecimalField(max_digits=30, decimal_places=6, null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "item_id", "ordinal"],
                name="figure_field_place_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in Binding]), name="figure_field_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind=Binding.UNBOUND.value)
                | Q(kind=Binding.REGISTER.value, as_of__isnull=False, stated__isnull=False) & ~Q(code="")
                | Q(kind__in=[Binding.TYPED.value, Binding.CONTRIBUTION.value], as_of__isnull=False)
                & ~Q(source=""),
                name="figure_field_bound_has_its_source",
            ),
            models.CheckConstraint(condition=Q(ordinal__gte=0), name="figure_field_ordinal"),
        ]
        ordering = ["item_id", "ordinal"]
