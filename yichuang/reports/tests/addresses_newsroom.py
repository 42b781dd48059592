"""Addresses of the newsroom, for the matrix of rights and for axe."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.kernel.actor import Actor
from yichuang.reports.models import Contribution
from yichuang.reports.queries import sees_drafts


def _contribution(by: Actor, samples: Samples) -> int:
    """What the water department sent: for its own contributors and for editors, not there for others."""
    owner = Contribution.objects.values_list("department_id", flat=True).get(pk=samples.contribution)
    own = by.can(Capability.REPORT_CONTRIBUTE) and by.reaches(owner)
    return 200 if own or by.can(Capability.REPORT_EDIT) else 404


def _nowhere(by: Actor, samples: Samples) -> int:
    """The demo has no photo and no draft of a contribution: not there for anybody."""
    return 404


def _for_draft_readers(by: Actor, samples: Samples) -> int:
    return 200 if sees_drafts(by) else 404


def _editors_pages(samples: Samples) -> dict[str, str]:
    bench = f"/desk/reports/{samples.collecting}"
    water = Department.objects.get(code="water").pk
    return {
        "bench with suggestions": bench,
        "numbers of the words": f"{bench}/numbers",
        "suggestions": f"{bench}/suggestions?all=1",
        "suggestions of a department": f"{bench}/suggestions?department={water}&until=today",
        "contribution": f"/desk/reports/contribute/{samples.contribution}",
    }


TABLES = Tables(
    parameters={
        "contribution_draft_id": lambda samples: UUID(int=7),
        "photo_place": lambda samples: 0,
    },
    post_only=frozenset(
        {
            "desk-report-contribute-read", "desk-report-contribute-discard", "desk-report-numbers-bind",
            "desk-report-suggestion-take", "desk-report-suggestion-hide",
        }
    ),
    answers={
        "desk-report-contribution": _contribution,
        "desk-report-photo": _nowhere,
        "desk-report-draft-photo": _nowhere,
        "desk-report-numbers": _for_draft_readers,
    },
    axe={
        "report.editor": _editors_pages,
        "contributor.water": lambda samples: {
            "contribute": "/desk/reports/contribute",
            "own contribution": f"/desk/reports/contribute/{samples.contribution}",
        },
    },
)  # fmt: skip
