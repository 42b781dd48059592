"""Issued and past reports, open to everybody: the list, full-text search, one issue as it was frozen."""

import json
import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.kernel import bigrams, canonical, paging, sql
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.paging import PAGE, Page
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import Report
from yichuang.reports.rules.document import Document
from yichuang.reports.rules.excerpts import Excerpt, excerpt
from yichuang.reports.rules.wording import number_line, period_text

_STATES = [str(state) for state in PUBLISHED]
_PLACE = re.compile(r"[0-9]{1,5} [0-9]{1,9} [0-9a-f-]{1,40}")


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One issue on the public list."""

    id: UUID
    slug: str
    name: str
    period: str
    issuer: str
    issued_on: date | None
    year: int
    number: int


@dataclass(frozen=True, slots=True)
class FoundReport:
    """An issue with the place where the words asked for stand (None without a question)."""

    row: PublishedRow
    excerpt: Excerpt | None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to besides words: a year, a form, issues in which figures were printed."""

    year: int | None = None
    form: str = ""
    with_figures: bool = False


def published(
    text: str = "", narrowed: Narrowed = Narrowed(), *, after: str = "", size: int = PAGE
) -> Page[FoundReport]:
    """Issues newest first, all of them or those that hold the words and are of the kind. One statement."""
    words = bigrams.query(text)
    if text.strip() and not words:
        return Page([], "", is_first=True)
    cursor = _cursor(after)
    rows = sql.rows(
        "select id, slug, year, number, total_number, first_day, last_day, issuer, issued_on, "
        "case when %(words)s <> '' then text else '' end from reports_report "
        "where state = any(%(states)s) and (%(words)s = '' or search @@ nullif(%(words)s, '')::tsquery) "
        "and (%(of_year)s::int is null or year = %(of_year)s::int) and (%(form)s = '' or form_id = %(form)s) "
        "and (not %(figures)s or exists (select from reports_printedfigure f where f.report_id = reports_report.id)) "
        "and (%(year)s::int is null or (year, number, slug) < (%(year)s::int, %(number)s::int, %(slug)s)) "
        "order by year desc, number desc, slug desc limit %(limit)s",
        {
            "words": words,
            "of_year": narrowed.year,
            "form": narrowed.form,
            "figures": narrowed.with_figures,
            "states": _STATES,
            "year": cursor[0] if cursor else None,
            "number": cursor[1] if cursor else None,
            "slug": cursor[2] if cursor else None,
            "limit": size + 1,
        },
    )
    found = [
        FoundReport(
            PublishedRow(
                id=row[0], slug=row[1], name=number_line(row[2], row[3], row[4]), period=period_text(row[5], row[6]),
                issuer=row[7], issued_on=row[8], year=row[2], number=row[3],
            ),
            excerpt(row[9], text) if words else None,
        )
        for row in rows
    ]  # fmt: skip
    return paging.cut(found, size=size, key=_key, after=after)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be narrowed to: years, newest first, and forms (code, name)."""

    years: tuple[int, ...]
    forms: tuple[tuple[str, str], ...]


def choices() -> Choices:
    """The years and forms of the issues that are there. One statement."""
    rows = sql.rows(
        "select distinct r.year, f.code, f.name from reports_report r join reports_reportform f on f.code = r.form_id "
        "where r.state = any(%(states)s)",
        {"states": _STATES},
    )
    return Choices(
        tuple(sorted({row[0] for row in rows}, reverse=True)),
        tuple(sorted({(row[1], row[2]) for row in rows}, reverse=True)),
    )


def _cursor(after: str) -> tuple[int, int, str] | None:
    """Year, number and slug of the row before; a link that was tampered with is Invalid, never a fault of ours."""
    found = paging.decode(after, parts=3)
    if found is None:
        return None
    if not _PLACE.fullmatch(" ".join(found)):
        raise Invalid("翻页链接已失效。", how="请回到列表第一页。")
    return int(found[0]), int(found[1]), found[2]


def _key(found: FoundReport) -> tuple[str, str, str]:
    return (str(found.row.year), str(found.row.number), found.row.slug)


def latest() -> PublishedRow | None:
    """The newest issue, for the home page."""
    rows = published(size=1).rows
    return rows[0].row if rows else None


def published_report(slug: str) -> Report:
    """One issue by its address (2022-29). Raises Missing."""
    found = Report.objects.filter(slug=slug, state__in=_STATES).select_related("snapshot").first()
    if found is None:
        raise Missing("没有这一期周报。", how="请到周报列表中查找。")
    return found


def issued_document(report: Report) -> Document:
    """The document as it was frozen; nothing is read or counted anew.

    Raises Conflict if its text no longer fits its hash, Missing before 签发.
    """
    if not report.document:
        raise Missing("本期尚未签发。")
    if canonical.digest(report.document) != report.document_sha256:
        raise Conflict("周报内容与其校验值不符，已停止使用。", how="请联系审计人员核查。")
    return Document.from_json(json.loads(report.document))
