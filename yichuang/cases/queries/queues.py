"""The desk's lists: queues by due date, search, the applicant's own cases. Plain rows, keyset-paged, always scoped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from yichuang.cases.flow import OPEN_STATES, WORK_LABELS, State, WorkKind
from yichuang.cases.queries import open_work
from yichuang.cases.queries.newest import OF_APPLICANT, Narrowed, along, newest, unguessed
from yichuang.cases.queries.one import by_number
from yichuang.cases.queries.open_work import Filters as Filters
from yichuang.directory.flow import Capability
from yichuang.directory.queries import MOST_FOUND, Found, applicants_found
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.paging import Ask, Page, straight


class Tab(StrEnum):
    """The four tabs of the desk."""

    TO_ACCEPT = "to_accept"
    IN_HAND = "in_hand"
    WAITING = "waiting"
    DONE = "done"


TAB_LABELS = {
    Tab.TO_ACCEPT: "待受理",
    Tab.IN_HAND: "在办",
    Tab.WAITING: "等待他人",
    Tab.DONE: "已办",
}

WORK_OF_TAB = {
    Tab.TO_ACCEPT: ("accept",),
    Tab.IN_HAND: ("review", "second", "countersign", "decide", "deliver"),
    Tab.WAITING: ("correct", "resume"),
}


ENDED = ("delivered", "refused", "terminated")
# Rows of a download that one statement asks for.
EXPORT_PAGE = 500


class QueueRow(NamedTuple):
    """One line of a desk list."""

    id: UUID
    number: str
    item_name: str
    applicant_name: str
    department_id: UUID
    state: str
    work_kind: str | None
    due_on: date | None
    provisional: bool
    holder_id: UUID | None
    holder_name: str
    filed_on: date
    outcome: str | None
    promptness: str | None
    seq: int
    green: bool
    person: bool
    department_name: str = ""

    @property
    def masked_name(self) -> str:
        """The applicant as searches and exports show it: a person's name masked, a company's whole."""
        return mask(Personal.NAME, self.applicant_name) if self.person else self.applicant_name

    @property
    def state_label(self) -> str:
        """The state in Chinese."""
        return State(self.state).label

    @property
    def work_label(self) -> str:
        """What is to be done next."""
        return WORK_LABELS[WorkKind(self.work_kind)] if self.work_kind else self.state_label


COLUMNS = (
    "c.id, c.number, c.item_name, c.applicant_name, c.department_id, c.state, w.kind, {due} as due_on, c.provisional, "
    "w.holder_id, coalesce(w.holder_name, '') as holder_name, c.filed_on, c.outcome, c.promptness, c.seq, c.green, "
    "coalesce((select a.kind = 'person' from directory_applicant a where a.id = c.applicant_id), true), "
    "coalesce((select d.short_name from directory_department d where d.id = c.department_id), '')"
)


def scope(by: Actor, table: str) -> tuple[str, dict[str, Any]]:
    """The SQL condition for what an actor may see, and its parameters: the one rule of this room's lists."""
    if by.kind == "applicant":
        return "c.applicant_id = %(scope_applicant)s", {"scope_applicant": by.applicant_id}
    where, parameters = reach(by, table)
    return f"{where} and c.confidentiality <= %(clearance)s", parameters | {"clearance": by.clearance}


def reach(by: Actor, table: str) -> tuple[str, dict[str, Any]]:
    """The SQL condition for the departments that staff reach: for counts, which are whole whatever is confidential."""
    reached = by.scope_departments
    if reached is None:
        return "true", {}
    if not reached:
        return "false", {}
    if len(reached) == 1:  # A plain equation, so that the index also orders what it finds.
        return f"{table}.department_id = %(scope)s", {"scope": reached[0]}
    return f"{table}.department_id = any(%(scope)s)", {"scope": list(reached)}


def queue(
    tab: Tab, *, by: Actor, filters: Filters, after: str = "", size: int = paging.PAGE
) -> Page[QueueRow]:
    """One page of a tab. Open work is ordered by due date, done cases by newest first."""
    by.require(Capability.CASE_SEARCH)
    if tab == Tab.DONE:
        return _done(by=by, filters=filters, after=after, size=size)
    cursor = paging.decode(after, parts=2)
    place = (paging.day_part(cursor[0]), paging.id_part(cursor[1])) if cursor else None
    found = open_work.page(
        COLUMNS.format(due="w.due_on"), WORK_OF_TAB[tab], filters, scope(by, "c"), by=by, after=place, size=size + 1
    )  # fmt: skip
    rows = [QueueRow(*row) for row in found]
    return paging.cut(rows, size=size, key=lambda r: (str(r.due_on), str(r.id)), after=after)


def _done(*, by: Actor, filters: Filters, after: str, size: int) -> Page[QueueRow]:
    cursor = paging.decode(after, parts=1)
    narrowed = Narrowed(ENDED, filters.item_id, filters.department_id, filters.green)
    found = newest(
        lambda cases: (
            f"{sql.ONE_PLAN} select {COLUMNS.format(due='null::date')} from {cases} left join cases_work w on w.case_id = c.id "  # noqa: S608
            "order by c.id desc"
        ),
        narrowed, scope(by, "c"), by=by, before=paging.id_part(cursor[0]) if cursor else None, size=size + 1,
    )  # fmt: skip
    return paging.cut([QueueRow(*row) for row in found], size=size, key=lambda r: (str(r.id),), after=after)


def counts(*, by: Actor) -> dict[Tab, int]:
    """How much open work stands on each tab; more than `paging.MOST_COUNTED` are counted no further. Done cases are not counted."""
    if by.kind == "applicant":
        return {}
    found = open_work.counted(by)
    most = paging.MOST_COUNTED + 1
    return {tab: min(most, sum(found.get(kind, 0) for kind in kinds)) for tab, kinds in WORK_OF_TAB.items()}


SEARCH_PAGE = 50
# What a list says that holds the cases of some of those who fit.
NOT_ALL = f"符合的申请人超过 {MOST_FOUND} 名，仅含其中 {MOST_FOUND} 名的办件。请补充姓名或证件号码再查。"


@dataclass(frozen=True)
class Hits(Page[QueueRow]):
    """A page of what a search finds; `not_all`: more applicants fit than those whose cases these are."""

    not_all: bool = False


def search_page(text: str, *, by: Actor, after: str = "", size: int = SEARCH_PAGE) -> Hits:
    """Cases by number, or by an applicant's name, identity number or credit code; newest first, a page at a time.

    Whose cases these are is asked for the first page alone and carried along by the cursor, so that the pages, and the blocks of a
    download, are those of the same applicants.
    """
    by.require(Capability.CASE_SEARCH)
    text = text.replace("\0", "")
    exact = by_number(text)
    cursor = paging.decode(after, parts=3)
    people = _people(text, by, cursor) if exact is None else Found([], more=False)
    if exact is None and not people.ids:
        return Hits([], "", is_first=not after)
    where, parameters = scope(by, "c")
    if cursor:
        where += f" and c.id < {unguessed('last')}"
        parameters |= {"last": paging.id_part(cursor[0])}
    its, order = along([("c.applicant_id", "p.id")], size + 1)
    # A look for each applicant ends after a page: an agent with a hundred thousand cases is no slower to find.
    found = sql.rows(
        f"{sql.ONE_PLAN} select {COLUMNS.format(due='w.due_on')} from (select c.* from unnest(%(people)s::uuid[]) p (id) "  # noqa: S608
        f"cross join lateral (select c.* from cases_case c where {' and '.join([where, *its])} "
        f"{order}) c union all select c.* from cases_case c where c.id = %(id)s::uuid and {where} "
        f"order by id desc limit {size + 1:d}) c left join cases_work w on w.case_id = c.id order by c.id desc",
        parameters | {"id": exact, "people": people.ids},
    )
    carried = (paging.ids_text(people.ids), "more" if people.more else "")
    page = paging.cut(
        [QueueRow(*row) for row in found], size=size, key=lambda r: (str(r.id), *carried), after=after
    )
    return Hits(page.rows, page.following, page.is_first, people.more)


def _people(text: str, by: Actor, cursor: list[str] | None) -> Found:
    if cursor is None:
        return applicants_found(text, by=by)
    return Found(paging.ids_part(cursor[1], most=MOST_FOUND), more=bool(cursor[2]))


def mine(*, by: Actor, after: str = "", size: int = paging.PAGE) -> Page[QueueRow]:
    """An applicant's own cases, newest first; nobody else has any."""
    if by.kind != "applicant":
        return paging.cut([], size=size, key=lambda _: (), after=after)
    where, parameters = scope(by, "c")
    cursor = paging.decode(after, parts=1)
    # Beside an operator with a hundred thousand cases nobody else's few are looked for along the primary key.
    its, order = along(OF_APPLICANT, size + 1)
    asked = [f"({where}) is true", *its, *([f"c.id < {unguessed('last')}"] if cursor else [])]
    found = sql.rows(
        f"{sql.ONE_PLAN} select {COLUMNS.format(due='coalesce(c.due_on, w.due_on)')} from (select c.* from cases_case c "  # noqa: S608
        f"where {' and '.join(asked)} {order}) c left join cases_work w on w.case_id = c.id "
        "order by c.id desc",
        parameters | {"last": paging.id_part(cursor[0]) if cursor else None},
    )
    return paging.cut([QueueRow(*row) for row in found], size=size, key=lambda r: (str(r.id),), after=after)


# Open cases of one applicant that the window shows.
MOST_AT_WINDOW = 20


def open_cases_of(applicant_id: UUID) -> list[tuple[UUID, str, str, str, date | None]]:
    """A known applicant's open cases for the window, the newest first, at most 20: (id, number, item, state, due)."""
    # The index knows the open ones by their states: said as a value, they would not be known as these.
    states = ", ".join(f"'{state}'" for state in OPEN_STATES)
    its, order = along([("c.applicant_id", "%(id)s::uuid")], MOST_AT_WINDOW)
    found = sql.rows(
        f"{sql.ONE_PLAN} select c.id, c.number, c.item_name, c.state, c.due_on from cases_case c "  # noqa: S608
        f"where {' and '.join(its)} and c.state in ({states}) {order}",
        {"id": applicant_id},
    )
    return [(row[0], row[1], row[2], State(row[3]).label, row[4]) for row in found]


def export(tab: Tab, *, by: Actor, filters: Filters, ask: Ask = straight) -> Iterator[QueueRow]:
    """Every row of a tab, page by page, for CSV. Whether it may be read is asked here and now, not at the first row.

    `ask` does the reading of each page: it may do it elsewhere, and twice.
    """
    by.require(Capability.CASE_SEARCH)
    return paging.every_row(
        lambda after: queue(tab, by=by, filters=filters, after=after, size=EXPORT_PAGE), ask
    )
