"""The list of cases for machines: what an actor may see, newest first, narrowed and paged; one statement a page, and one for the code of an item."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from yichuang.cases.queries.newest import Narrowed, newest
from yichuang.cases.queries.queues import scope
from yichuang.catalogue.queries import item_addresses
from yichuang.directory.flow import Capability
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.paging import Page

LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the list: states (none: all), the code of an item, the days of filing, both included."""

    states: tuple[str, ...] = ()
    item_code: str = ""
    filed_from: date | None = None
    filed_to: date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of the list."""

    id: UUID
    number: str
    item_code: str
    item_name: str
    item_type: str
    department_name: str
    channel: str
    state: str
    seq: int
    filed_at: datetime
    accepted_on: date | None
    due_on: date | None
    statutory_due_on: date | None
    decided_on: date | None
    outcome: str | None
    holder_name: str
    applicant_name: str
    person: bool

    def applicant_for(self, by: Actor) -> str:
        """The applicant's name: one's own whole; to staff a person's is masked and a company's whole."""
        if by.kind == "applicant" or not self.person:
            return self.applicant_name
        return mask(Personal.NAME, self.applicant_name)


COLUMNS = (
    "c.id, c.number, coalesce(i.code, ''), c.item_name, c.item_type, d.name, c.channel, c.state, c.seq, c.filed_at, c.accepted_on, "
    "c.due_on, c.statutory_due_on, c.decided_on, c.outcome, coalesce(w.holder_name, ''), c.applicant_name, "
    "coalesce((select a.kind = 'person' from directory_applicant a where a.id = c.applicant_id), true)"
)


def listed(*, by: Actor, wanted: Wanted, after: str = "", size: int = paging.PAGE) -> Page[Listed]:
    """One page of the cases that an actor may see: an applicant the own ones, staff what they reach and are cleared for.

    Raises Refused for staff who may not search, Invalid for a cursor that is none.
    """
    if by.kind != "applicant":
        by.require(Capability.CASE_SEARCH)
    cursor = paging.decode(after, parts=1)
    before = _id(cursor[0]) if cursor else None
    item_id = item_addresses([wanted.item_code]).get(wanted.item_code) if wanted.item_code else None
    if wanted.item_code and item_id is None:
        return paging.cut([], size=size, key=lambda _: (), after=after)
    narrowed = Narrowed(wanted.states, item_id, filed_from=wanted.filed_from, filed_to=wanted.filed_to)
    found = newest(
        lambda cases: (
            f"{sql.ONE_PLAN} select {COLUMNS} from {cases} left join catalogue_item i on i.id = c.item_id "  # noqa: S608
            "join directory_department d on d.id = c.department_id left join cases_work w on w.case_id = c.id "
            "order by c.id desc"
        ),
        narrowed, scope(by, "c"), by=by, before=before, size=size + 1,
    )  # fmt: skip
    rows = [Listed(*row) for row in found]
    return paging.cut(rows, size=size, key=lambda one: (str(one.id),), after=after)


def _id(text: str) -> UUID:
    found = parse_uuid(text)
    if found is None:
        raise Invalid("翻页标识已失效。", how="请从第一页重新取。", fields={"after": "不是上一页给出的标识"})
    return found
