"""Tables of the one-stop window: windows, who sits where, the four acts, receipts of hand-over, certificates issued."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.catalogue.models import Item
from yichuang.directory.models import Account, Applicant, Department
from yichuang.halls.flow.windows import ActKind, ConsultWay, IssueMethod, ReceiptState, WindowKind


class Window(models.Model):
    """A window of the hall by its code."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField(default=WindowKind.GENERAL)
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="windows")
    place = models.TextField(default="", blank=True)
    phone = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    edit = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by_name = models.TextField()
    key = models.TextField(null=True, unique=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][0-9]{2,3}$"), name="window_code_like_a01"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="window_has_name"),
            models.CheckConstraint(
                condition=Q(kind=WindowKind.GENERAL.value, department__isnull=True)
                | Q(kind=WindowKind.DEPARTMENT.value, department__isnull=False),
                name="window_department_where_departmental",
            ),
        ]


class Staffing(models.Model):
    """Who sits at a window from which day; until none means without end. Kept when somebody else comes."""

    id = models.UUIDField(primary_key=True)
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="staffings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="staffings")
    since = models.DateField()
    until = models.DateField(null=True)
    at = models.DateTimeField()
    by_name = models.TextField()
    key = models.TextField(null=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="staffing_days_in_order"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(until__isnull=True), name="staffing_one_open_a_person"
            ),
            models.UniqueConstraint(fields=["account", "since"], name="staffing_once_a_day"),
        ]


class Seat(models.Model):
    """The window that a clerk chose for one day; it goes before the staffing."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day"], name="seat_once_a_day")]


class WindowAct(models.Model):
    """One act of the window, or several of a kind entered at once with their source.

    `at` is when it happened, `entered_at` when it was written down. A cancelled act stays with its reason and counts
    nothing; its counterpart in the figures is a fact of the same kind and day with the quantity taken back.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    # Only an acceptance that a filing leaves by itself may stand without a window: its clerk had chosen none.
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="acts")
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    applicant = models.ForeignKey(Applicant, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    at = models.DateTimeField()
    quantity = models.IntegerField()
    # Where the pieces were counted when they do not stand here one by one.
    source = models.TextField(default="", blank=True)
    case_id = models.UUIDField(null=True)
    numbers = ArrayField(models.TextField(), default=list)
    # Consultation: what was asked and answered. Elsewhere: a note.
    way = models.TextField(default="", blank=True)
    topic = models.TextField(default="", blank=True)
    answer = models.TextField(default="", blank=True)
    minutes = models.IntegerField(null=True)
    # The consultation that became this acceptance.
    after = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="led_to")
    salt = models.TextField()
    entered_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    entered_by_name = models.TextField()
    entered_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by_name = models.TextField(default="", blank=True)
    cancel_reason = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)
    key_hash = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in ActKind]), name="act_known_kind"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="act_counts_something"),
            models.CheckConstraint(
                condition=Q(window__isnull=False) | Q(kind=ActKind.ACCEPTED.value, case_id__isnull=False),
                name="act_has_window",
            ),
            models.CheckConstraint(
                condition=Q(department__isnull=False) | Q(kind=ActKind.CONSULTED.value),
                name="act_has_department",
            ),
            models.CheckConstraint(
                condition=Q(kind=ActKind.CONSULTED.value, way__in=[one.value for one in ConsultWay])
                | (~Q(kind=ActKind.CONSULTED.value) & Q(way="", minutes__isnull=True)),
                name="act_consulted_in_a_way",
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__range=(1, 480)), name="act_minutes_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancel_reason="", cancelled_by_name="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="") & ~Q(cancelled_by_name="")),
                name="act_cancelled_with_reason",
            ),
            models.UniqueConstraint(
                fields=["case_id"],
                condition=Q(kind=ActKind.ACCEPTED.value, cancelled_at__isnull=True),
                name="act_accepts_a_case_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-day", "-id"], name="act_by_day"),
            models.Index(fields=["department", "-day", "-id"], name="act_by_department"),
        ]


class HandOver(models.Model):
    """The sheet of a hand-over (流转交接单): the window's clerk signs by making it, the department by receiving it."""

    act = models.OneToOneField(
        WindowAct, primary_key=True, on_delete=models.PROTECT, related_name="hand_over"
    )
    number = models.TextField(unique=True)
    state = models.TextField(default=ReceiptState.PENDING)
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    closed_by_name = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ReceiptState.PENDING.value, closed_at__isnull=True, closed_by__isnull=True)
                | Q(state=ReceiptState.RECEIVED.value, closed_at__isnull=False, closed_by__isnull=False)
                | (
                    Q(state=ReceiptState.RETURNED.value, closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(reason="")
                ),
                name="hand_over_closed_by_somebody",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(state=ReceiptState.PENDING.value), name="hand_over_open"
            )
        ]


class Issue(models.Model):
    """Certificates given to their applicant: to whom, how, and the signature or the mail's number."""

    act = models.OneToOneField(WindowAct, primary_key=True, on_delete=models.PROTECT, related_name="issue")
    documents = models.TextField()
    recipient = models.TextField()
    # Nothing but the last digits; the fact holds a salted commitment of the whole number.
    paper_masked = models.TextField(default="", blank=True)
    method = models.TextField()
    signed_as = models.TextField(default="", blank=True)
    signature_sha256 = models.TextField(default="", blank=True)
    signature_kind = models.TextField(default="", blank=True)
    tracking = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(documents="") & ~Q(recipient=""), name="issue_said_whole"),
            models.CheckConstraint(
                condition=(
                    Q(method=IssueMethod.SIGNED.value, tracking="")
                    & ~Q(signed_as="")
                    & Q(signature_sha256__regex=r"^[0-9a-f]{64}$")
                )
                | (Q(method=IssueMethod.MAILED.value, signature_sha256="") & ~Q(tracking="")),
                name="issue_signed_or_mailed",
            ),
        ]
