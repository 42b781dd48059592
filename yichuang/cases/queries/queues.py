"""The desk's lists: queues by due date, search, the applicant's own cases. Plain rows, keyset-paged, always scoped."""

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from yichuang.cases.flow import WORK_LABELS, State, WorkKind
from yichuang.cases.queries import open_work
from yichuang.cases.queries.newest import Narrowed, newest, ranged
from yichuang.cases.queries.one import by_number
from yichuang.cases.queries.open_work import Filters as Filters
from yichuang.directory.flow import Capability
from yichuang.directory.queries import applicants_matching
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.paging import Page


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


def search(text: str, *, by: Actor, limit: int = SEARCH_PAGE) -> list[QueueRow]:
    """The newest of what `search_page` finds."""
    return list(search_page(text, by=by, size=limit).rows)


def search_page(text: str, *, by: Actor, after: str = "", size: int = SEARCH_PAGE) -> Page[QueueRow]:
    """Cases by number, or by an applicant's name, identity number or credit code; newest first, a page at a time."""
    by.require(Capability.CASE_SEARCH)
    where, parameters = scope(by, "c")
    text = text.replace("\0", "")
    exact = by_number(text)
    people = [a.pk for a in applicants_matching(text, by=by)] if exact is None else []
    cursor = paging.decode(after, parts=1)
    if exact is None and not people:
        return Page([], "", is_first=not after)
    if cursor:
        where += " and c.id < %(last)s::uuid"
        parameters |= {"last": paging.id_part(cursor[0])}
    # A look for each applicant ends after a page: an agent with a hundred thousand cases is no slower to find.
    found = sql.rows(
        f"{sql.ONE_PLAN} select {COLUMNS.format(due='w.due_on')} from (select c.* from unnest(%(people)s::uuid[]) p (id) "  # noqa: S608
        f"cross join lateral (select c.* from cases_case c where c.applicant_id = p.id and {where} "
        f"order by c.id desc limit {size + 1:d}) c union all select c.* from cases_case c where c.id = %(id)s::uuid and {where} "
        f"order by id desc limit {size + 1:d}) c left join cases_work w on w.case_id = c.id order by c.id desc",
        parameters | {"id": exact, "people": people},
    )
    return paging.cut([QueueRow(*row) for row in found], size=size, key=lambda r: (str(r.id),), after=after)


def mine(*, by: Actor, after: str = "", size: int = paging.PAGE) -> Page[QueueRow]:
    """An applicant's own cases, newest first; nobody else has any."""
    if by.kind != "applicant":
        return paging.cut([], size=size, key=lambda _: (), after=after)
    where, parameters = scope(by, "c")
    cursor = paging.decode(after, parts=1)
    order = "c.id desc"
    if cursor:
        where += " and c.id < %(last)s::uuid"
    else:
        # Beside an operator with a hundred thousand cases nobody else's few are looked for along the primary key.
        *ends, column = ranged([("c.applicant_id", "%(scope_applicant)s::uuid")])
        where, order = " and ".join(ends), f"{column}, c.id desc"
    found = sql.rows(
        f"{sql.ONE_PLAN} select {COLUMNS.format(due='coalesce(c.due_on, w.due_on)')} from (select c.* from cases_case c where {where} "  # noqa: S608
        f"order by {order} limit %(limit)s) c left join cases_work w on w.case_id = c.id order by c.id desc",
        parameters | {"last": paging.id_part(cursor[0]) if cursor else None, "limit": size + 1},
    )
    return paging.cut([QueueRow(*row) for row in found], size=size, key=lambda r: (str(r.id),), after=after)


Ask = Callable[[Callable[[], Any]], Any]


def straight(work: Callable[[], Any]) -> Any:
    """Asked here and now."""
    return work()


def export(tab: Tab, *, by: Actor, filters: Filters, ask: Ask = straight) -> Iterator[QueueRow]:
    """Every row of a tab, page by page, for CSV. Whether it may be read is asked here and now, not at the first row.

    `ask` does the reading of each page: it may do it elsewhere, and twice.
    """
    by.require(Capability.CASE_SEARCH)
    return _every_row(tab, by, filters, ask)


def _every_row(tab: Tab, by: Actor, filters: Filters, ask: Ask) -> Iterator[QueueRow]:
    after = ""
    while True:
        page: Page[QueueRow] = ask(partial(queue, tab, by=by, filters=filters, after=after, size=500))
        yield from page.rows
        if not page.following:
            return
        after = page.following
