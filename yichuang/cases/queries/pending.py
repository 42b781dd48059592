"""Materials that follow (容缺受理): which may, which are still to come, which are overdue, whom to remind."""

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.cases.models import Pending
from yichuang.cases.queries.one import CaseRow, visible
from yichuang.catalogue.flow import Necessity
from yichuang.directory.flow import Capability
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.paging import PAGE, Page, cut, day_part, decode, id_part


def guide_materials(row: CaseRow) -> tuple[tuple[str, str, bool], ...]:
    """The materials of the case's own guide: (code, name, whether it may follow: named in its handling, or marked 容缺)."""
    found = sql.one(
        "select (v.elements -> 'materials')::text from catalogue_guideversion v where v.id = %(id)s",
        {"id": row.item_version_id},
    )
    materials = json.loads(found[0]) if found and found[0] else []
    named = set(row.handling.may_follow)
    return tuple(
        (one["code"], one["name"], one["code"] in named or one.get("required") == Necessity.DEFERRABLE)
        for one in materials
    )


def may_follow(row: CaseRow) -> tuple[tuple[str, str], ...]:
    """The materials (code, name) that the case's own guide lets follow."""
    return tuple((code, name) for code, name, later in guide_materials(row) if later)


def pending_of(case_id: UUID) -> list[Pending]:
    """Every material of a case that followed or is to follow, by promised day; no permission is checked here."""
    return list(Pending.objects.filter(case_id=case_id).order_by("promised_on", "id"))


def pending_one(pending_id: UUID, *, by: Actor) -> tuple[Pending, CaseRow]:
    """One material with its case, for those who see the case. Raises Missing."""
    found = Pending.objects.filter(pk=pending_id).first()
    # What is not there is looked for as long, and answered alike: its id is no case's.
    row = visible(found.case_id if found else pending_id, by=by)
    if found is None:
        raise Missing
    return found, row


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the list of materials to come."""

    id: UUID
    case_id: UUID
    case_number: str
    item_name: str
    applicant_name: str
    name: str
    promised_on: date
    put_off: bool


def waiting(
    *, by: Actor, today: date, overdue: bool = False, after: str = "", size: int = PAGE
) -> Page[Waiting]:
    """Materials to come within the actor's reach, the earliest promise first; `overdue`: whose day has passed. One statement."""
    by.require(Capability.CASE_SEARCH)
    key, scope = decode(after, parts=2), by.scope_departments
    found = sql.rows(
        "select p.id, p.case_id, p.case_number, p.item_name, c.applicant_name, p.name, p.promised_on, "
        "p.put_off_from is not null from cases_pending p join cases_case c on c.id = p.case_id "
        "where p.received_on is null and c.state in ('review', 'special') "
        "and (%(scope)s::uuid[] is null or c.department_id = any(%(scope)s)) and c.confidentiality <= %(clearance)s "
        "and (not %(overdue)s or p.promised_on < %(today)s) "
        "and (%(day)s::date is null or (p.promised_on, p.id) > (%(day)s::date, %(id)s::uuid)) "
        "order by p.promised_on, p.id limit %(limit)s",
        {
            "scope": list(scope) if scope is not None else None,
            "clearance": by.clearance, "overdue": overdue, "today": today,
            "day": day_part(key[0]) if key else None, "id": id_part(key[1]) if key else None, "limit": size + 1,
        },
    )  # fmt: skip
    rows = [Waiting(*row) for row in found]
    return cut(rows, size=size, key=lambda one: (one.promised_on.isoformat(), str(one.id)), after=after)


def to_chase(*, until: date) -> list[tuple[Pending, UUID]]:
    """What is still to come of open cases and was promised for a day up to `until`, with the case's department."""
    found = dict(
        sql.rows(
            "select p.id, c.department_id from cases_pending p join cases_case c on c.id = p.case_id "
            "where p.received_on is null and p.promised_on <= %(until)s and c.state in ('review', 'special')",
            {"until": until},
        )
    )
    rows = Pending.objects.filter(pk__in=list(found)).order_by("promised_on", "id")
    return [(one, found[one.pk]) for one in rows]
