"""Opinions of other departments, expert reviews, site surveys, and materials that follow (容缺受理)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from yichuang.cases.flow.reviewers import (
    OpinionState,
    ReviewState,
    SeatState,
    Stance,
    SurveyState,
    Verdict,
)


class ReviewerNote(models.Model):
    """The words typed with a happening of reviewers' work; its fact holds only their salted commitment."""

    pk = models.CompositePrimaryKey("subject_id", "seq")
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    case_id = models.UUIDField()
    fact = models.TextField()
    body = models.TextField()
    salt = models.TextField()
    at = models.DateTimeField()
    by_name = models.TextField()

    class Meta:
        db_table = "cases_reviewer_note"
        indexes = [models.Index(fields=["case_id", "at"], name="reviewer_note_case")]


class Opinion(models.Model):
    """One question to one department, with its own limit. `shares`: codes of the materials it may read."""

    id = models.UUIDField(primary_key=True)
    case_id = models.UUIDField()
    case_number = models.TextField()
    item_name = models.TextField()
    lead_department_id = models.UUIDField()
    department_id = models.UUIDField()
    question = models.TextField()
    shares = ArrayField(models.TextField(), default=list)
    days = models.IntegerField()
    asked_on = models.DateField()
    due_on = models.DateField()
    state = models.TextField(default=OpinionState.ASKED.value)
    edit = models.IntegerField(default=1)
    asked_by_id = models.UUIDField()
    asked_by_name = models.TextField()
    stance = models.TextField(default="", blank=True)
    reasons = models.TextField(default="", blank=True)
    answered_on = models.DateField(null=True)
    answered_by_name = models.TextField(default="", blank=True)
    file_name = models.TextField(default="", blank=True)
    file_kind = models.TextField(default="", blank=True)
    file_sha256 = models.TextField(default="", blank=True)
    reminders = models.IntegerField(default=0)
    ruling = models.TextField(default="", blank=True)
    ruled_on = models.DateField(null=True)
    ruled_by_name = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        db_table = "cases_opinion"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OpinionState]), name="opinion_state"
            ),
            models.CheckConstraint(
                condition=Q(state=OpinionState.ANSWERED.value, stance__in=[s.value for s in Stance], answered_on__isnull=False)
                & ~Q(reasons="")
                | ~Q(state=OpinionState.ANSWERED.value) & Q(stance="", answered_on__isnull=True),
                name="opinion_answered_has_stance",
            ),
            models.CheckConstraint(condition=~Q(question="") & Q(due_on__gt=F("asked_on")), name="opinion_asks"),
            models.CheckConstraint(
                condition=Q(ruling="", ruled_on__isnull=True) | ~Q(ruling="") & Q(ruled_on__isnull=False),
                name="opinion_ruled_with_reasons",
            ),
            models.CheckConstraint(
                condition=~Q(department_id=F("lead_department_id")), name="opinion_of_another_department"
            ),
            # One question at a time to one department about one case.
            models.UniqueConstraint(
                fields=["case_id", "department_id"], condition=Q(state__in=["asked", "silent"]),
                name="opinion_one_open",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["case_id", "id"], name="opinion_case"),
            models.Index(fields=["department_id", "-id"], name="opinion_department"),
            models.Index(fields=["due_on"], condition=Q(state="asked"), name="opinion_waiting"),
        ]


class ExpertReview(models.Model):
    """One review with its draw: list, seed and result are kept, so that anybody can draw again.

    `excluded`: [[expert id, why]]. `pool`: the eligible, in the order of the algorithm's list.
    """

    id = models.UUIDField(primary_key=True)
    case_id = models.UUIDField()
    case_number = models.TextField()
    department_id = models.UUIDField()
    field = models.TextField()
    wanted = models.IntegerField()
    reserve = models.IntegerField()
    question = models.TextField()
    head_number = models.BigIntegerField()
    head_chain = models.TextField()
    seed = models.CharField(max_length=64)
    pool = ArrayField(models.UUIDField())
    excluded = models.JSONField(default=list)
    drawn_at = models.DateTimeField()
    drawn_by_name = models.TextField()
    # The working days told at the draw; null for draws made before they were kept, whose day stays as it is.
    days = models.IntegerField(null=True)
    due_on = models.DateField()
    state = models.TextField(default=ReviewState.OPEN.value)
    edit = models.IntegerField(default=1)
    verdict = models.TextField(default="", blank=True)
    conclusion = models.TextField(default="", blank=True)
    quorum_reason = models.TextField(default="", blank=True)
    closed_on = models.DateField(null=True)
    closed_by_name = models.TextField(default="", blank=True)
    key = models.TextField(unique=True)

    class Meta:
        db_table = "cases_expert_review"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ReviewState]), name="review_state"
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=1, wanted__lte=15, reserve__gte=0, reserve__lte=15),
                name="review_places",
            ),
            models.CheckConstraint(condition=Q(seed__regex=r"^[0-9a-f]{64}$"), name="review_seed"),
            models.CheckConstraint(
                condition=~Q(state=ReviewState.CLOSED.value)
                | Q(verdict__in=[v.value for v in Verdict], closed_on__isnull=False) & ~Q(conclusion=""),
                name="review_closed_with_conclusion",
            ),
            # One draw at a time: nobody draws again until the names please.
            models.UniqueConstraint(
                fields=["case_id", "field"], condition=Q(state="open"), name="review_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["case_id", "id"], name="review_case"),
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="review_waiting"),
        ]


class ReviewSeat(models.Model):
    """An expert's place in a draw: `position` is the place in the shuffled list, from 0."""

    id = models.UUIDField(primary_key=True)
    review = models.ForeignKey(ExpertReview, on_delete=models.PROTECT, related_name="seats")
    expert = models.ForeignKey("directory.Expert", on_delete=models.PROTECT, related_name="+")
    position = models.IntegerField()
    state = models.TextField()
    # Whose place a reserve took.
    instead_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    drawn_on = models.DateField()
    stood_down = models.TextField(default="", blank=True)
    verdict = models.TextField(default="", blank=True)
    score = models.IntegerField(null=True)
    opinion = models.TextField(default="", blank=True)
    answered_on = models.DateField(null=True)
    file_name = models.TextField(default="", blank=True)
    file_kind = models.TextField(default="", blank=True)
    file_sha256 = models.TextField(default="", blank=True)

    class Meta:
        db_table = "cases_review_seat"
        constraints = [
            models.UniqueConstraint(fields=["review", "position"], name="seat_position_once"),
            models.UniqueConstraint(fields=["review", "expert"], name="seat_expert_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in SeatState]), name="seat_state"),
            models.CheckConstraint(
                condition=Q(state=SeatState.ANSWERED.value, verdict__in=[v.value for v in Verdict]) & ~Q(opinion="")
                | ~Q(state=SeatState.ANSWERED.value) & Q(verdict="", opinion=""),
                name="seat_answered_has_verdict",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100), name="seat_score"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["expert", "drawn_on"], condition=Q(state__in=["drawn", "answered"]), name="seat_busy"
            )
        ]
        ordering = ["position"]


class Survey(models.Model):
    """A visit to the site by two or more officers (行政许可法 art. 34). The second confirmation closes it."""

    id = models.UUIDField(primary_key=True)
    case_id = models.UUIDField()
    case_number = models.TextField()
    department_id = models.UUIDField()
    arranged_on = models.DateField()
    planned_on = models.DateField()
    # The last day of the step by the guide, or the arranged day where the guide promises none.
    due_on = models.DateField()
    place = models.TextField()
    officers = ArrayField(models.UUIDField())
    officer_names = ArrayField(models.TextField())
    signed = ArrayField(models.UUIDField(), default=list)
    state = models.TextField(default=SurveyState.PLANNED.value)
    edit = models.IntegerField(default=1)
    conform = models.BooleanField(null=True)
    conclusion = models.TextField(default="", blank=True)
    visited_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    key = models.TextField(unique=True)

    class Meta:
        db_table = "cases_survey"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in SurveyState]), name="survey_state"),
            # Two people, not one named twice: the array's length and its first two entries.
            models.CheckConstraint(
                condition=Q(officers__len__gte=2) & ~Q(officers__0=F("officers__1")),
                name="survey_two_officers",
            ),
            models.CheckConstraint(
                condition=~Q(state=SurveyState.CLOSED.value)
                | Q(signed__len__gte=2, signed__contained_by=F("officers"), visited_on__isnull=False, conform__isnull=False)
                & ~Q(signed__0=F("signed__1")) & ~Q(conclusion=""),
                name="survey_closed_by_two",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["case_id", "id"], name="survey_case"),
            models.Index(
                fields=["due_on", "id"], condition=Q(state__in=["planned", "recorded"]), name="survey_waiting"
            ),
        ]


class SurveyPoint(models.Model):
    """One thing to look at on the site, and what was found."""

    id = models.BigAutoField(primary_key=True)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="points")
    position = models.IntegerField()
    text = models.TextField()
    conform = models.BooleanField(null=True)
    found = models.TextField(default="", blank=True)

    class Meta:
        db_table = "cases_survey_point"
        constraints = [
            models.UniqueConstraint(fields=["survey", "position"], name="survey_point_once"),
            # What does not conform is described.
            models.CheckConstraint(
                condition=Q(conform__isnull=True) | Q(conform=True) | ~Q(found=""),
                name="survey_point_described",
            ),
        ]
        ordering = ["position"]


class SurveyPhoto(models.Model):
    """A picture taken on the site, freed of place and device."""

    id = models.UUIDField(primary_key=True)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="photos")
    kind = models.TextField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "cases_survey_photo"
        constraints = [
            models.UniqueConstraint(fields=["survey", "sha256"], name="survey_photo_once"),
            models.CheckConstraint(condition=Q(kind__in=["jpeg", "png"]), name="survey_photo_kind"),
        ]
        ordering = ["at", "id"]


class Pending(models.Model):
    """A minor material that was not there when the case was accepted (容缺受理), with the day promised for it."""

    id = models.UUIDField(primary_key=True)
    case_id = models.UUIDField()
    case_number = models.TextField()
    item_name = models.TextField()
    applicant_id = models.UUIDField()
    code = models.TextField()
    name = models.TextField()
    accepted_on = models.DateField()
    promised_on = models.DateField()
    put_off_from = models.DateField(null=True)
    put_off_reason = models.TextField(default="", blank=True)
    received_on = models.DateField(null=True)
    received_how = models.TextField(default="", blank=True)

    class Meta:
        db_table = "cases_pending"
        constraints = [
            models.UniqueConstraint(fields=["case_id", "code"], name="pending_once_a_case"),
            models.CheckConstraint(
                condition=Q(promised_on__gt=F("accepted_on")), name="pending_promised_later"
            ),
            models.CheckConstraint(
                condition=Q(put_off_from__isnull=True, put_off_reason="")
                | Q(put_off_from__lt=F("promised_on")) & ~Q(put_off_reason=""),
                name="pending_put_off_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(received_on__isnull=True, received_how="")
                | Q(received_on__isnull=False, received_how__in=["online", "window"]),
                name="pending_received_somehow",
            ),
        ]
        indexes = [
            models.Index(fields=["promised_on", "id"], condition=Q(received_on__isnull=True), name="pending_promised"),
        ]  # fmt: skip
