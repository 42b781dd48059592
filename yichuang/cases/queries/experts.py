"""Reads of expert reviews and surveys: one as its case's people see it, and a draw as everybody may see it."""

from dataclasses import dataclass
from uuid import UUID

from yichuang.cases.flow.reviewers import EXCLUSION_LABELS, Exclusion, SeatState
from yichuang.cases.models import ExpertReview, ReviewSeat, Survey, SurveyPhoto, SurveyPoint
from yichuang.cases.queries.one import CaseRow, load
from yichuang.cases.queries.opinions import Note, notes_of
from yichuang.cases.rules.draw import seed_of, shuffled
from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class SeenReview:
    """A review with its seats in the drawn order, the excluded with their reasons, and its history."""

    review: ExpertReview
    case: CaseRow
    seats: tuple[ReviewSeat, ...]
    excluded: tuple[tuple[str, str, str], ...]
    notes: tuple[Note, ...]
    may_act: bool

    @property
    def heard(self) -> int:
        """How many have answered."""
        return sum(seat.state == SeatState.ANSWERED for seat in self.seats)


def review(review_id: UUID, *, by: Actor) -> SeenReview:
    """One review, for staff who see its case. Raises Missing. The excluded are (name, unit, reason)."""
    found = ExpertReview.objects.filter(pk=review_id).first()
    row = _case(found.case_id if found else review_id, by)
    if found is None or row is None:
        raise Missing
    seats = tuple(found.seats.select_related("expert", "instead_of__expert").order_by("position"))
    why = {UUID(one): EXCLUSION_LABELS[Exclusion(reason)] for one, reason in found.excluded}
    people = Expert.objects.filter(pk__in=list(why)).order_by("name", "id")
    excluded = tuple((one.name, one.unit, why[one.pk]) for one in people)
    return SeenReview(found, row, seats, excluded, notes_of(review_id), by.can(Capability.CASE_CONSULT))


def _case(case_id: UUID, by: Actor) -> CaseRow | None:
    """The case, if staff may see it. What is not there is looked for too: its id is no case's, and it takes as long."""
    row = load(case_id)
    return row if row is not None and by.kind == "staff" and row.visible_to(by) else None


def seat(seat_id: UUID, *, by: Actor) -> ReviewSeat:
    """One seat with its expert and review, for staff who see the case. Raises Missing."""
    found = ReviewSeat.objects.select_related("review", "expert").filter(pk=seat_id).first()
    row = _case(found.review.case_id if found else seat_id, by)
    if found is None or row is None:
        raise Missing
    return found


@dataclass(frozen=True, slots=True)
class Redraw:
    """A draw done again from what was kept: no names, only numbers of the pool. `sound`: everything agrees."""

    review: ExpertReview
    pool: tuple[UUID, ...]
    order: tuple[UUID, ...]
    kept: tuple[UUID, ...]
    seed: str

    @property
    def sound(self) -> bool:
        """Whether seed, order and the kept result follow from each other."""
        return self.seed == self.review.seed and self.order[: len(self.kept)] == self.kept


def redraw(review_id: UUID) -> Redraw:
    """The draw of a review, computed anew. For everybody: it shows numbers, no persons. Raises Missing."""
    found = ExpertReview.objects.filter(pk=review_id).first()
    if found is None:
        raise Missing
    pool = tuple(sorted(found.pool, key=str))
    seed = seed_of(found.case_number, found.head_chain, found.pk)
    kept = tuple(found.seats.order_by("position").values_list("expert_id", flat=True))
    return Redraw(found, pool, shuffled(seed, pool), kept, seed)


@dataclass(frozen=True, slots=True)
class SeenSurvey:
    """A survey with its points, pictures and history."""

    survey: Survey
    case: CaseRow
    points: tuple[SurveyPoint, ...]
    photos: tuple[SurveyPhoto, ...]
    notes: tuple[Note, ...]
    may_act: bool
    is_officer: bool
    has_signed: bool

    @property
    def officers(self) -> tuple[tuple[str, bool], ...]:
        """The officers by name, and whether each has confirmed."""
        pairs = zip(self.survey.officers, self.survey.officer_names, strict=True)
        return tuple((name, one in self.survey.signed) for one, name in pairs)


def survey(survey_id: UUID, *, by: Actor) -> SeenSurvey:
    """One survey, for staff who see its case. Raises Missing."""
    found = Survey.objects.filter(pk=survey_id).first()
    row = _case(found.case_id if found else survey_id, by)
    if found is None or row is None:
        raise Missing
    may = by.can(Capability.CASE_CONSULT)
    return SeenSurvey(
        found, row, tuple(found.points.all()), tuple(found.photos.all()), notes_of(survey_id), may,
        may and by.id in found.officers, by.id in found.signed,
    )  # fmt: skip


def survey_photo(survey_photo_id: UUID, *, by: Actor) -> SurveyPhoto:
    """A picture of a survey, for staff who see its case. Raises Missing."""
    found = SurveyPhoto.objects.select_related("survey").filter(pk=survey_photo_id).first()
    row = _case(found.survey.case_id if found else survey_photo_id, by)
    if found is None or row is None:
        raise Missing
    return found
