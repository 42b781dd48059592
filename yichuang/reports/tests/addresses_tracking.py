"""Addresses of the joint work on a draft, for the matrix of rights and for axe."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.kernel.actor import Actor
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Report
from yichuang.reports.queries import sees_drafts

DRAFT_PAGES = ("desk-report-changes", "desk-report-compare", "desk-report-comments", "desk-report-checks")


def _draft(samples: Samples) -> str:
    """A report of the demo that is still made; its address."""
    states = [str(state) for state in PUBLISHED]
    report = Report.objects.filter(imported=False).exclude(state__in=states).order_by("-last_day").first()
    return f"/desk/reports/{report.id if report else ''}"


def _for_draft_readers(by: Actor, samples: Samples) -> int:
    """Versions, comments and findings are drafts: others are not told that there is one."""
    return 200 if sees_drafts(by) else 404


def _pages(samples: Samples) -> dict[str, str]:
    draft = _draft(samples)
    return {
        "changes of a draft": f"{draft}/changes?since=1",
        "two versions": f"{draft}/compare",
        "comments": f"{draft}/comments",
        "findings": f"{draft}/checks",
    }


TABLES = Tables(
    parameters={
        "locked_section": lambda samples: "efficiency",
        "comment_id": lambda samples: "00000000-0000-7000-8000-000000000001",
        "settling": lambda samples: "resolve",
    },
    post_only=frozenset(
        {
            "desk-report-lock", "desk-report-change-revert", "desk-report-change-judge", "desk-report-comment-settle",
            "desk-report-check-fix", "desk-report-check-ignore",
        }
    ),
    answers=dict.fromkeys(DRAFT_PAGES, _for_draft_readers),
    axe={"report.editor": _pages},
)  # fmt: skip
