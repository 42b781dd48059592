"""Reported cases as they are read: the list, one case with what was reported about it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.queries import department_names
from yichuang.exchange.flow import Event, EventKind, Reason, State
from yichuang.exchange.models import Case, CaseNumber, Quarantine, System
from yichuang.exchange.rules.keeping import unpack
from yichuang.exchange.rules.settle import Entry, settle
from yichuang.journal.queries import facts_of
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.scope import scope

LONGEST_PERSON = 6
"""What is longer is the name of a body: whether an applicant is a person is not reported."""
NOT_THERE = "没有这个报送办件，或者您无权查看。"


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event of a case: whether it counts, and why not."""

    entry: Entry
    counts: bool
    reason: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with what was reported about it, in the order of the source."""

    row: Case
    events: list[ToldEvent]


def shown_name(name: str) -> str:
    """An applicant's name in lists: what may be a person's is masked."""
    return mask(Personal.NAME, name) if len(name) <= LONGEST_PERSON or "·" in name else name


def viewed(row: Case, *, limits: bool) -> CaseView:
    """A row with its events and what became of each."""
    entries = unpack(row.events, row.item_code)
    reasons = settle(entries, limits=limits).reasons
    return CaseView(row, [_told(one, reasons.get(one.no)) for one in entries])


def _told(entry: Entry, reason: Reason | None) -> ToldEvent:
    return ToldEvent(entry, reason is None, reason.label if reason else "")


def case_of_system(system: System, number: str) -> CaseView:
    """A case by the number of its own system. Raises Missing."""
    found = CaseNumber.objects.filter(system_id=system.pk, source_number=number[:64]).first()
    row = Case.objects.filter(pk=found.case_id).first() if found else None
    if row is None:
        raise Missing("没有这个办件。", how="请核对本系统的办件编号。")
    return viewed(row, limits=system.reports_limits)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a case's timeline: a fact, in words."""

    day: date
    title: str
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything that the page of a case shows."""

    view: CaseView
    system: System
    item_name: str
    department_name: str
    timeline: list[Moment]
    doubts: list[Quarantine]


def case_for(case_id: UUID, *, by: Actor) -> CasePage:
    """A case of a department that the actor reaches. Raises Refused, Missing."""
    by.require(Capability.CASE_SEARCH)
    row = Case.objects.filter(pk=case_id).first()
    if row is None or not by.reaches(row.department_id):
        raise Missing(NOT_THERE)
    system = System.objects.get(pk=row.system_id)
    item = Item.objects.filter(pk=row.item_id).values_list("name", flat=True).first()
    doubts = list(Quarantine.objects.filter(case_id=row.pk).order_by("event_no", "id"))
    names = department_names()
    return CasePage(
        viewed(row, limits=system.reports_limits), system, item or row.item_code, names.get(row.department_id, ""),
        timeline_of(row.pk), doubts,
    )  # fmt: skip


def timeline_of(case_id: UUID) -> list[Moment]:
    """What the facts of a case tell, oldest first."""
    found = []
    for fact in facts_of(case_id):
        if fact.kind == Event.DESTROYED:
            found.append(Moment(fact.day, "内容已依法删除", "办理经过仍可核验", ""))
            continue
        kind = EventKind(fact.kind.partition(".")[2])
        back, data = "voids" in fact.data, fact.data
        words = f"第 {data['no']} 条" + (f"，收回第 {data['takes_back']} 条" if "takes_back" in data else "")
        outcome = {"granted": "准予", "denied": "不予"}.get(str(data.get("outcome", "")), "")
        title = f"收回：{kind.label}" if back else f"{kind.label}{'：' + outcome if outcome else ''}"
        found.append(Moment(fact.day, title, words, "warn" if back else ""))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the list; empty narrows nothing. `applicant` is how a name begins."""

    number: str = ""
    applicant: str = ""
    item_code: str = ""
    department_id: UUID | None = None
    system_id: UUID | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of the list."""

    id: UUID
    source_number: str
    system_name: str
    item_name: str
    department_name: str
    applicant_name: str
    state: str
    accepted_on: date | None
    decided_on: date | None
    doubts: int

    @property
    def state_label(self) -> str:
        """In Chinese."""
        return State(self.state).label

    @property
    def applicant(self) -> str:
        """As lists show it."""
        return shown_name(self.applicant_name)


def cases_page(*, by: Actor, wanted: Wanted, after: str = "", size: int = paging.PAGE) -> paging.Page[Listed]:
    """A page of the reported cases that the actor may see, the newest first. One statement. Raises Refused."""
    by.require(Capability.CASE_SEARCH)
    cursor = paging.decode(after, parts=1)
    conditions = ["(%(scope)s::uuid[] is null or c.department_id = any (%(scope)s))"]
    conditions += [words for name, words in CONDITIONS.items() if getattr(wanted, name)]
    if cursor:
        conditions.append("c.id < %(last)s::uuid")
    found = sql.rows(
        sql.statement(__file__, "cases", (("where", " and ".join(conditions)),)),
        {
            **{name: value for name, value in scope(by).items() if name == "scope"}, "number": wanted.number,
            "applicant": like(wanted.applicant), "item_code": wanted.item_code, "department_id": wanted.department_id,
            "system_id": wanted.system_id, "state": wanted.state, "last": paging.id_part(cursor[0]) if cursor else None,
            "limit": size + 1,
        },
    )  # fmt: skip
    return paging.cut([Listed(*row) for row in found], size=size, key=lambda row: (str(row.id),), after=after)


CONDITIONS = {
    "number": "c.id = any (array(select n.case_id from exchange_number n where n.source_number = %(number)s "
    "and n.system_id = any (array(select id from exchange_system))))",
    "applicant": "c.applicant_name <> '' and c.applicant_name like %(applicant)s",
    "item_code": "c.item_id = (select i.id from catalogue_item i where i.code = %(item_code)s)",
    "department_id": "c.department_id = %(department_id)s::uuid",
    "system_id": "c.system_id = %(system_id)s::uuid",
    "state": "c.state = %(state)s",
}


def like(text: str) -> str:
    """The pattern of what begins with a text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
