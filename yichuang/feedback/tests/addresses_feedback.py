"""What the addresses of ratings, complaints and signals are tried with."""

from collections.abc import Callable
from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.feedback.flow.complaints import COMPLAINT_READERS
from yichuang.feedback.flow.ratings import Served
from yichuang.feedback.models import Complaint, Rating
from yichuang.feedback.queries.rated import RATEABLE_ACTS, token_of
from yichuang.feedback.queries.ratings import may_read_ratings
from yichuang.halls.models import WindowAct
from yichuang.kernel.actor import Actor

_ACTS = WindowAct.objects.filter(kind__in=RATEABLE_ACTS, cancelled_at__isnull=True, source="")


def _water() -> UUID:
    return Department.objects.get(code="water").pk


def _rating() -> Rating:
    """A rating of the demo, low ones first."""
    return Rating.objects.order_by("-level", "key")[0]


def _complaint() -> UUID:
    return Complaint.objects.filter(department=_water()).order_by("id")[0].pk


def _reads_complaints(by: Actor) -> bool:
    return any(by.can(each) for each in COMPLAINT_READERS)


def _listed(reads: Callable[[Actor], bool]) -> Callable[[Actor, Samples], int]:
    def answer(by: Actor, samples: Samples) -> int:
        return 200 if reads(by) else 403

    return answer


def _rated(by: Actor, samples: Samples) -> int:
    if not may_read_ratings(by):
        return 403
    return 200 if by.reaches(_rating().department_id) else 404


def _complained(by: Actor, samples: Samples) -> int:
    if not _reads_complaints(by):
        return 403
    return 200 if by.reaches(_water()) else 404


def _rated_act() -> UUID:
    """An act of the demo that can be rated."""
    return _ACTS.order_by("-day", "id")[0].pk


def _drawn(by: Actor, samples: Samples) -> int:
    """The code is for the clerk who entered the act."""
    if not by.can(Capability.WINDOW_ACT):
        return 403
    return 200 if _ACTS.get(pk=_rated_act()).entered_by_id == by.id else 404


def _to_rate(by: Actor, samples: Samples) -> int:
    """The applicant's own act: staff are refused, everybody else is led on (to the rating, or to the follow code)."""
    return 403 if by.kind == "staff" else 302


TABLES = Tables(
    parameters={
        "rating_id": lambda s: _rating().pk,
        "follow_action": lambda s: "contact",
        "complaint_id": lambda s: _complaint(),
        "complaint_action": lambda s: "reply",
        "complaint_number": lambda s: Complaint.objects.order_by("id")[0].number,
        "rated_act_id": lambda s: _rated_act(),
        "token": lambda s: token_of(Served.CASE, s.own_case),
    },
    special={("rate-case", "number"): lambda s: s.own_number},
    post_only=frozenset(
        {
            "desk-rating-step", "desk-rating-appeal", "desk-rating-decide", "desk-complaint-step", "complaint-reopen",
        }
    ),
    answers={
        "rate-case": _to_rate,
        "complaint-followed": lambda by, s: 302,
        "desk-rating-code": _drawn,
        "desk-ratings": _listed(may_read_ratings),
        "desk-ratings-csv": _listed(may_read_ratings),
        "desk-rating": _rated,
        "desk-complaints": _listed(_reads_complaints),
        "desk-complaints-csv": _listed(_reads_complaints),
        "desk-complaint": _complained,
    },
    axe={
        "": lambda s: {
            "评价": f"/rate/{token_of(Served.CASE, s.own_case)}",
            "好差评公开": "/ratings",
            "投诉建议": "/complaints",
            "查看答复": "/complaints/follow",
        },
        "supervisor": lambda s: {
            "好差评": "/desk/feedback/ratings",
            "一条评价": f"/desk/feedback/ratings/{_rating().pk}",
            "投诉建议": "/desk/feedback/complaints",
            "一件反映": f"/desk/feedback/complaints/{_complaint()}",
            "登记反映": "/desk/feedback/complaints/new",
            "期限和阈值": "/desk/feedback/limits",
        },
        "auditor": lambda s: {"廉政预警": "/desk/feedback/integrity"},
        "clerk": lambda s: {"请群众评价": "/desk/feedback/counter"},
    },
)  # fmt: skip
