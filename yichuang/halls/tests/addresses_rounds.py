"""What the addresses of inspection and duty are tried with."""

from collections.abc import Callable
from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.models import Department
from yichuang.halls.models import DutyVisit, Finding, FindingPhoto, HallRound, InspectionTerm, Requirement
from yichuang.halls.queries.duty import may_read_duty
from yichuang.halls.queries.findings import may_read_findings
from yichuang.kernel.actor import Actor


def _water() -> UUID:
    return Department.objects.get(code="water").pk


def _finding() -> UUID:
    """A finding of the water department that was made known to it."""
    return Finding.objects.filter(department=_water()).exclude(state="found").order_by("id")[0].pk


def _photo() -> UUID:
    """A picture, or an address of none: the demo takes none."""
    found = FindingPhoto.objects.order_by("id").values_list("id", flat=True).first()
    return found or UUID(int=7)


def _scoped(reads: Callable[[Actor], bool]) -> Callable[[Actor, Samples], int]:
    """What belongs to the water department: for its own people and the centre's, refused without any part."""

    def answer(by: Actor, samples: Samples) -> int:
        if not reads(by):
            return 403
        return 200 if by.everywhere or by.department_id == _water() else 404

    return answer


def _listed(reads: Callable[[Actor], bool]) -> Callable[[Actor, Samples], int]:
    def answer(by: Actor, samples: Samples) -> int:
        return 200 if reads(by) else 403

    return answer


def _pictured(by: Actor, samples: Samples) -> int:
    """The demo has no picture: not there for those who read findings."""
    return 404 if may_read_findings(by) else 403


FINDINGS, DUTY = _listed(may_read_findings), _listed(may_read_duty)
TABLES = Tables(
    parameters={
        "round_id": lambda s: HallRound.objects.order_by("id")[0].pk,
        "finding_id": lambda s: _finding(),
        "finding_action": lambda s: "notify",
        "photo_id": lambda s: _photo(),
        "term_id": lambda s: InspectionTerm.objects.order_by("id")[0].pk,
        "duty_visit_id": lambda s: DutyVisit.objects.filter(department=_water()).order_by("id")[0].pk,
        "requirement_id": lambda s: Requirement.objects.filter(department=_water()).order_by("id")[0].pk,
        "requirement_action": lambda s: "progress",
    },
    post_only=frozenset(
        {
            "desk-round-draft", "desk-finding-step", "desk-duty-visit-cancel", "desk-duty-requirement-new",
            "desk-duty-requirement-step",
        }
    ),
    answers={
        "desk-findings": FINDINGS,
        "desk-findings-csv": FINDINGS,
        "desk-finding": _scoped(may_read_findings),
        "desk-finding-photo": _pictured,
        "desk-duty": DUTY,
        "desk-duty-csv": DUTY,
        "desk-duty-visit": _scoped(may_read_duty),
        "desk-duty-requirements": DUTY,
        "desk-duty-requirements-csv": DUTY,
        "desk-duty-requirement": _scoped(may_read_duty),
    },
    axe={
        "inspector": lambda s: {
            "rounds": "/desk/hall/rounds",
            "round new": "/desk/hall/rounds/new",
            "findings": "/desk/hall/findings",
            "finding": f"/desk/hall/findings/{_finding()}",
            "terms": "/desk/hall/inspection-terms",
            "duty": "/desk/hall/duty",
            "duty new": "/desk/hall/duty/new",
            "plans": "/desk/hall/duty/plans",
            "requirements": "/desk/hall/duty/requirements",
        }
    },
)  # fmt: skip
