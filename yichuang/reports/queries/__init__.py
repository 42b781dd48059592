"""Every read of the reports room."""

from yichuang.reports.queries.contributions import (
    contributions_of,
    department_contributions,
    open_for_contributions,
    waiting,
)
from yichuang.reports.queries.drafts import (
    advice_for,
    content_of,
    draft_document,
    editors_of,
    live_figures,
    outline_for,
    version,
    versions,
)
from yichuang.reports.queries.forms import form_named, form_of, forms_that_open
from yichuang.reports.queries.published import (
    FoundReport,
    PublishedRow,
    issued_document,
    latest,
    published,
    published_report,
)
from yichuang.reports.queries.staff import DeskRow, desk_reports, may_open, report_for, sees_drafts

__all__ = [
    "DeskRow",
    "FoundReport",
    "PublishedRow",
    "advice_for",
    "content_of",
    "contributions_of",
    "department_contributions",
    "desk_reports",
    "draft_document",
    "editors_of",
    "form_named",
    "form_of",
    "forms_that_open",
    "issued_document",
    "latest",
    "live_figures",
    "may_open",
    "open_for_contributions",
    "outline_for",
    "published",
    "published_report",
    "report_for",
    "sees_drafts",
    "version",
    "versions",
    "waiting",
]
