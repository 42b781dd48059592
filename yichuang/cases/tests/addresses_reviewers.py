"""What the addresses of opinions, expert reviews, surveys and materials to follow are tried with."""

from collections.abc import Callable
from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.cases.models import ExpertReview, Opinion, Pending, ReviewSeat, Survey
from yichuang.cases.queries import load
from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert, ExpertRelation
from yichuang.kernel.actor import Actor

NOTHING = UUID(int=7)


def _opinion() -> Opinion:
    """The question that waits for the industry department."""
    return Opinion.objects.filter(state="asked").order_by("id")[0]


def _review() -> UUID:
    return ExpertReview.objects.order_by("id")[0].pk


def _seat() -> UUID:
    return ReviewSeat.objects.filter(state="drawn").order_by("position")[0].pk


def _survey() -> UUID:
    return Survey.objects.order_by("id")[0].pk


def _pending() -> UUID:
    return Pending.objects.order_by("id")[0].pk


def _sees(case: Callable[[], UUID]) -> Callable[[Actor, Samples], int]:
    """Staff who may open the page see what belongs to a case within their reach; for others it is not there."""

    def answer(by: Actor, samples: Samples) -> int:
        row = load(case())
        return 200 if row is not None and by.kind == "staff" and row.visible_to(by) else 404

    return answer


def _own(by: Actor, samples: Samples) -> int:
    """A material to follow is supplied by the applicant of its case, or by staff who see the case."""
    row = load(Pending.objects.get(pk=_pending()).case_id)
    return 200 if row is not None and row.visible_to(by) else 404


def _asked(by: Actor, samples: Samples) -> int:
    """A question is there for the asked department and for those who see its case."""
    made = _opinion()
    row = load(made.case_id)
    answers = by.can(Capability.CASE_OPINE) and by.reaches(made.department_id)
    return 200 if by.kind == "staff" and row is not None and (answers or row.visible_to(by)) else 404


def _no_file(by: Actor, samples: Samples) -> int:
    """The demo has no such file: not there for anybody."""
    return 404


def _of_sample(by: Actor, samples: Samples) -> int:
    """The forms that begin something stand on the sample case."""
    row = load(samples.correcting)
    return 200 if row is not None and row.visible_to(by) else 404


CASE_OF_REVIEW, CASE_OF_SURVEY, CASE_OF_PENDING = (
    _sees(lambda: ExpertReview.objects.get(pk=_review()).case_id),
    _sees(lambda: Survey.objects.get(pk=_survey()).case_id),
    _sees(lambda: Pending.objects.get(pk=_pending()).case_id),
)
TABLES = Tables(
    parameters={
        "opinion_id": lambda s: _opinion().pk,
        "opinion_action": lambda s: "remind",
        "shared_id": lambda s: NOTHING,
        "review_id": lambda s: _review(),
        "review_action": lambda s: "cancel",
        "seat_id": lambda s: _seat(),
        "survey_id": lambda s: _survey(),
        "survey_action": lambda s: "cancel",
        "survey_photo_id": lambda s: NOTHING,
        "pending_id": lambda s: _pending(),
        "expert_id": lambda s: Expert.objects.order_by("id")[0].pk,
        "relation_id": lambda s: ExpertRelation.objects.order_by("id")[0].pk,
    },
    post_only=frozenset(
        {"desk-opinion-act", "desk-review-end", "desk-survey-end", "expert-relate", "expert-unrelate"}
    ),
    answers={
        "desk-opinion": _asked,
        "desk-opinion-content": _asked,
        "desk-opinion-file": _no_file,
        "desk-opinion-material": _no_file,
        "desk-opinions-new": _of_sample,
        "desk-experts-new": _of_sample,
        "desk-surveys-new": _of_sample,
        "desk-accept-pending": _of_sample,
        "desk-review": CASE_OF_REVIEW,
        "desk-review-seat": CASE_OF_REVIEW,
        "desk-review-seat-file": _no_file,
        "desk-survey": CASE_OF_SURVEY,
        "desk-survey-photo": _no_file,
        "desk-put-off": CASE_OF_PENDING,
        "supply": _own,
    },
    axe={
        "reviewer.water": lambda s: {
            "opinion": f"/desk/opinions/{_opinion().pk}",
            "opinions new": f"/desk/cases/{_opinion().case_id}/opinions/new",
            "experts new": f"/desk/cases/{_opinion().case_id}/experts/new",
            "review": f"/desk/reviews/{_review()}",
            "seat": f"/desk/review-seats/{_seat()}",
            "surveys new": f"/desk/cases/{_opinion().case_id}/surveys/new",
            "survey": f"/desk/surveys/{_survey()}",
        },
        "reviewer.industry": lambda s: {
            "opinions": "/desk/opinions",
            "opinion": f"/desk/opinions/{_opinion().pk}",
            "consulted": f"/desk/opinions/{_opinion().pk}/content",
        },
        "clerk": lambda s: {
            "pending": "/desk/pending",
            "supply": f"/supply/{_pending()}",
            "put off": f"/desk/pending/{_pending()}/put-off",
        },
        "supervisor": lambda s: {
            "experts": "/desk/experts",
            "expert": f"/desk/experts/{Expert.objects.order_by('id')[0].pk}",
        },
        "": lambda s: {"draw": f"/draws/{_review()}"},
    },
)
