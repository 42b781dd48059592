"""Tables of ratings: the rating as it was given, the follow-up of a low one, appeals, and the room's limits."""

from django.db import models
from django.db.models import F, Q

from yichuang.directory.models import Department
from yichuang.feedback.flow.limits import LIMITS
from yichuang.feedback.flow.ratings import OPEN_FOLLOW, AppealState, FollowState, RatingChannel, Served
from yichuang.halls.models import Window, WindowAct


class Limit(models.Model):
    """A limit or threshold from a day on, with its source. Later rows go before earlier ones; none is changed."""

    id = models.UUIDField(primary_key=True)
    code = models.TextField()
    value = models.IntegerField()
    source = models.TextField()
    since = models.DateField()
    at = models.DateTimeField()
    by_name = models.TextField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__in=[each.code for each in LIMITS]), name="limit_known"),
            models.CheckConstraint(condition=Q(value__gte=1), name="limit_positive"),
            models.CheckConstraint(condition=~Q(source=""), name="limit_has_source"),
        ]
        indexes = [models.Index(fields=["code", "-since", "-at"], name="limit_in_force")]


class Rating(models.Model):
    """What somebody said about one service. Never changed, never deleted (trigger `feedback_rating_frozen`).

    Who said it is not kept; `phone` only where the person agreed to be called back.
    """

    id = models.UUIDField(primary_key=True)
    served = models.TextField()
    case_id = models.UUIDField(null=True)
    act = models.ForeignKey(WindowAct, null=True, on_delete=models.PROTECT, related_name="+")
    item_name = models.TextField(default="", blank=True)
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    level = models.SmallIntegerField()
    channel = models.TextField()
    indicators = models.JSONField(default=dict)
    words = models.TextField(default="", blank=True)
    callback = models.BooleanField(default=False)
    phone = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    day = models.DateField()
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id"], name="rating_once_a_case"),
            models.UniqueConstraint(fields=["act"], name="rating_once_an_act"),
            models.CheckConstraint(
                condition=Q(served=Served.CASE.value, case_id__isnull=False, act__isnull=True)
                | Q(served=Served.ACT.value, case_id__isnull=True, act__isnull=False),
                name="rating_of_one_service",
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="rating_five_levels"),
            models.CheckConstraint(
                condition=Q(channel__in=[each.value for each in RatingChannel]), name="rating_channel"
            ),
            models.CheckConstraint(condition=Q(phone="") | Q(callback=True), name="rating_phone_agreed"),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="rating_newest"),
            models.Index(fields=["day", "department"], name="rating_day"),
        ]


class FollowUp(models.Model):
    """The follow-up of a low rating: every one has one. `seq` counts the steps and is the version a form has seen."""

    rating = models.OneToOneField(
        Rating, primary_key=True, on_delete=models.PROTECT, related_name="follow_up"
    )
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.TextField(default=FollowState.PENDING.value)
    seq = models.IntegerField(default=1)
    contact_due_on = models.DateField()
    finish_due_on = models.DateField()
    limit_source = models.TextField()
    contacted_on = models.DateField(null=True)
    finished_on = models.DateField(null=True)
    told = models.TextField(default="", blank=True)
    void_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in FollowState]), name="follow_state"
            ),
            models.CheckConstraint(
                condition=Q(finish_due_on__gte=F("contact_due_on")), name="follow_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in OPEN_FOLLOW], finished_on__isnull=True)
                | Q(state=FollowState.CLOSED.value, finished_on__isnull=False, contacted_on__isnull=False)
                & ~Q(told="")
                | Q(state=FollowState.VOID.value, finished_on__isnull=False) & ~Q(void_reason=""),
                name="follow_finished_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["finish_due_on"], condition=Q(finished_on__isnull=True), name="follow_unfinished"
            )
        ]


class RatingNote(models.Model):
    """The words of one step after a rating; who and when stands beside them."""

    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="notes")
    fact = models.TextField()
    words = models.TextField(default="", blank=True)
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        ordering = ["-at", "-id"]


class Appeal(models.Model):
    """A department's one appeal against a rating, and what somebody else has decided."""

    rating = models.OneToOneField(Rating, primary_key=True, on_delete=models.PROTECT, related_name="appeal")
    state = models.TextField(default=AppealState.PENDING.value)
    reasons = models.TextField()
    evidence = models.TextField(default="", blank=True)
    appealed_at = models.DateTimeField()
    appealed_by_id = models.UUIDField()
    appealed_by_name = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)
    decided_by_name = models.TextField(default="", blank=True)
    decision = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reasons=""), name="appeal_has_reasons"),
            models.CheckConstraint(
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("appealed_by_id")),
                name="appeal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=AppealState.PENDING.value, decided_at__isnull=True, decided_by_id__isnull=True
                )
                | Q(
                    state__in=[AppealState.UPHELD.value, AppealState.REJECTED.value],
                    decided_at__isnull=False,
                    decided_by_id__isnull=False,
                )
                & ~Q(decision=""),
                name="appeal_decided_whole",
            ),
        ]
