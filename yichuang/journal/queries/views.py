"""Reads of the view log: who opened a file, and whether a reveal still holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import lowest, parse_uuid
from yichuang.kernel.paging import Page
from yichuang.kernel.times import SHANGHAI
from yichuang.kernel.windows import Walk, walked

REVEALED_FOR = timedelta(minutes=15)
LONGEST_SLOT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One line of the view log."""

    id: UUID
    at: datetime
    kind: str
    subject_id: UUID
    label: str
    detail: str
    fields: str
    reason: str
    viewer_id: UUID
    viewer_name: str
    post: str
    department_id: UUID | None
    address: str


COLUMNS = "id, at, kind, subject_id, label, detail, fields, reason, viewer_id, viewer_name, post, department_id, address"


def revealed_until(subject_id: UUID, *, by: Actor, at: datetime) -> datetime | None:
    """Until when the actor sees a subject unmasked; None where no reveal of the own holds. One statement."""
    if by.kind != "staff" or by.id is None:
        return None
    since = at - REVEALED_FOR
    row = sql.one(
        "/*one plan*/ select max(at) from journal_view where subject_id = %(subject)s and viewer_id = %(viewer)s "
        "and kind = 'reveal' and at > %(since)s and at <= %(at)s and id >= %(lowest)s",
        {"subject": subject_id, "viewer": by.id, "since": since, "at": at, "lowest": lowest(since)},
    )
    return row[0] + REVEALED_FOR if row and row[0] else None


def views_of(subject_id: UUID, *, limit: int = 50) -> list[ViewRow]:
    """The looks at a subject, the newest first. Whoever asks has checked whose subject it is. One statement."""
    found = sql.rows(
        f"select {COLUMNS} from journal_view where subject_id = %(id)s order by id desc limit %(limit)s",  # noqa: S608
        {"id": subject_id, "limit": limit},
    )
    return [ViewRow(*row) for row in found]


@dataclass(frozen=True, slots=True)
class ViewFilter:
    """What narrows the log: words in the viewer's name, a case or applicant, the sort of look, days (both count)."""

    viewer: str = ""
    subject: UUID | None = None
    kind: str = ""
    first: date | None = None
    last: date | None = None


def views(
    filters: ViewFilter, *, by: Actor, capability: str, after: str = "", size: int = 50
) -> Page[ViewRow]:
    """One page of the log, the newest first: of the departments that the auditor reaches. Raises Refused.

    One statement; up to four where little fits what is asked, and then a short page that goes on further back.
    """
    by.require(capability)
    cursor = paging.decode(after, parts=1)
    last = parse_uuid(cursor[0]) if cursor else None
    found, onward = walked(_walk(filters, by), before=last, size=size + 1)
    rows = [ViewRow(*row) for row in found]
    return paging.cut_short(rows, onward, size=size, key=lambda row: (str(row.id),), after=after)


def view_export(filters: ViewFilter, *, by: Actor, capability: str) -> Iterator[ViewRow]:
    """Every line of a filter, page by page. Whether it may be read is asked here and now, not at the first row."""
    by.require(capability)
    return _every(filters, by, capability)


def _every(filters: ViewFilter, by: Actor, capability: str) -> Iterator[ViewRow]:
    after = ""
    while True:
        page = views(filters, by=by, capability=capability, after=after, size=500)
        yield from page.rows
        if not page.following:
            return
        after = page.following


def _walk(filters: ViewFilter, by: Actor) -> Walk:
    """The log by its ids. A case and a reveal have an index; the department and the viewer's name are asked row by row."""
    reached = by.scope_departments
    narrowed, asked, given = ["true"], ["true"], dict[str, Any]()
    if filters.first:
        first = _midnight(filters.first)
        # Ids lead into the partitions; that of a plain look carries the beginning of its ten minutes.
        narrowed.append("at >= %(from)s and id >= %(lowest)s")
        given |= {"from": first, "lowest": lowest(first - LONGEST_SLOT)}
    if filters.last:
        end = _midnight(filters.last + timedelta(days=1))
        narrowed.append("at < %(to)s and id < %(highest)s")
        given |= {"to": end, "highest": lowest(end)}
    if filters.subject is not None:
        narrowed.append("subject_id = %(subject)s")
        given["subject"] = filters.subject
    if filters.kind == "reveal":
        narrowed.append("kind = 'reveal'")
    elif filters.kind:
        asked.append("kind = %(kind)s")
        given["kind"] = filters.kind
    if filters.viewer.strip():
        asked.append("strpos(viewer_name, %(viewer)s) > 0")
        given["viewer"] = filters.viewer.strip()
    if reached is not None:
        asked.append("department_id = any(%(scope)s)")
        given["scope"] = list(reached)
    return Walk("journal_view", COLUMNS, " and ".join(narrowed), " and ".join(asked), given)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
