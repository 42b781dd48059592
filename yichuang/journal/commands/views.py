"""The view log: who looked at personal data, when, and why. Append-only for the application's role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from logging import getLogger
from uuid import UUID

from django.db import DatabaseError

from yichuang.journal.commands.facts import ensure_partitions
from yichuang.journal.queries.views import LONGEST_SLOT as SLOT
from yichuang.journal.queries.views import REVEALED_FOR
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Refused
from yichuang.kernel.keys import uuid7, uuid7_of

log = getLogger(__name__)

LONGEST_REASON = 200
SHORTEST_REASON = 4


class ViewKind(StrEnum):
    """What was looked at."""

    CASE = "case"
    FILE = "file"
    SEARCH = "search"
    REVEAL = "reveal"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class View:
    """One look. `subject_id`: the case, of a search by paper number the applicant. `label` is what people read.

    `detail`: the file that was opened; `fields`: what was revealed; `address`: the network address of the viewer.
    """

    kind: ViewKind
    subject_id: UUID
    label: str
    detail: str = ""
    fields: str = ""
    reason: str = ""
    address: str = ""


def log_view(view: View, *, by: Actor, at: datetime) -> bool:
    """Write one look of a member of staff into the view log, by itself, whatever becomes of the page. Whether it is new.

    A plain look is kept once for a person, a subject and ten minutes; a reveal always. Applicants who read what is
    their own, and the platform itself, are not kept. Raises Invalid for a reveal without a reason.
    """
    return log_views([view], by=by, at=at) == 1


KEEP = """/*one plan*/
insert into journal_view (id, at, kind, subject_id, label, detail, fields, reason, viewer_id, viewer_name, post,
                          department_id, address)
select t.id, %(at)s::timestamptz, t.kind, t.subject, t.label, t.detail, t.fields, t.reason, %(viewer)s::uuid,
       %(name)s::text, %(post)s::text, %(department)s::uuid, t.address
from unnest(%(id)s::uuid[], %(kind)s::text[], %(subject)s::uuid[], %(label)s::text[], %(detail)s::text[],
            %(fields)s::text[], %(reason)s::text[], %(address)s::text[])
     as t(id, kind, subject, label, detail, fields, reason, address)
on conflict do nothing
"""


def log_views(views: Sequence[View], *, by: Actor, at: datetime) -> int:
    """Write looks at several subjects in one statement, each as `log_view` does; how many are new."""
    if by.kind != "staff" or by.id is None or not views:
        return 0
    slot = at - timedelta(seconds=at.timestamp() % SLOT.total_seconds())
    for moment in {at if one.kind == ViewKind.REVEAL else slot for one in views}:
        ensure_partitions(moment)
    columns = {
        "id": [
            uuid7(at)
            if one.kind == ViewKind.REVEAL
            else uuid7_of(slot, by.id, one.kind, one.subject_id, one.detail)
            for one in views
        ],
        "kind": [str(one.kind) for one in views],
        "subject": [one.subject_id for one in views],
        "label": [one.label for one in views],
        "detail": [one.detail for one in views],
        "fields": [one.fields for one in views],
        "reason": [one.reason for one in views],
        "address": [one.address for one in views],
    }
    who = {"viewer": by.id, "name": by.name, "post": by.post, "department": by.department_id}
    return sql.execute(KEEP, columns | who | {"at": at})


def note_view(view: View, *, by: Actor, at: datetime) -> None:
    """Keep a plain look. A log that cannot be written stops no work, and is never silent: the operators are told."""
    note_views([view], by=by, at=at)


def note_views(views: Sequence[View], *, by: Actor, at: datetime) -> None:
    """Keep plain looks at all that a list has shown, in one statement; else as `note_view`."""
    try:
        log_views(views, by=by, at=at)
    except DatabaseError:
        for view in views:
            log.exception("a view was not kept: %s of %s by %s", view.kind, view.subject_id, by.signature)


def reveal(view: View, *, capability: str, by: Actor, at: datetime) -> datetime:
    """Keep a reveal with its reason; until when what is masked may now be seen. Nothing is shown that is not kept.

    Raises Refused without the capability, Invalid without a reason.
    """
    by.require(capability)
    if by.kind != "staff" or by.id is None:
        raise Refused("只有工作人员可以申请查看完整信息。")
    reason = view.reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            "请写明查看完整信息的理由。",
            fields={
                "reason": f"请用 {SHORTEST_REASON} 至 {LONGEST_REASON} 个字写明用途，例如：电话核实取水口位置"
            },
        )
    log_view(
        View(ViewKind.REVEAL, view.subject_id, view.label, view.detail, view.fields, reason, view.address),
        by=by,
        at=at,
    )
    return at + REVEALED_FOR
