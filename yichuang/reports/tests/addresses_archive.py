"""Addresses of the archive and of the distribution, for the matrix of rights and for axe."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.kernel.actor import Actor
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Report


def _issued(samples: Samples) -> object:
    """An issue of the demo; without one, an id that is nobody's."""
    states = [str(state) for state in PUBLISHED]
    found = Report.objects.filter(state__in=states).order_by("-year", "-number").first()
    return found.id if found else "00000000-0000-7000-8000-000000000001"


def _for_editors(by: Actor, samples: Samples) -> int:
    """The list of an issue; 404 for editors where the demo has no issue yet."""
    if not by.can("report.edit"):
        return 403
    return 200 if Report.objects.filter(pk=_issued(samples)).exists() else 404  # type: ignore[misc]


def _pages(samples: Samples) -> dict[str, str]:
    found = _issued(samples)
    pages = {"a figure through the issues": "/reports/figures", "reminder": "/desk/reports/reminder"}
    if Report.objects.filter(pk=found).exists():  # type: ignore[misc]
        pages["distribution of an issue"] = f"/desk/reports/{found}/distribution"
    return pages


TABLES = Tables(
    special={("desk-report-distribution", "report_id"): _issued},
    answers={
        "desk-report-distribution": _for_editors,
        "desk-report-reminder": lambda by, _: 200 if by.kind == "staff" else 403,
    },
    axe={"report.editor": _pages},
)
