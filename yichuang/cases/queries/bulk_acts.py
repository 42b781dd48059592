"""Reads of bulk acts: the list, one act, its cases a page at a time, what waits for the platform."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from yichuang.cases.flow import State
from yichuang.cases.flow.bulk_acts import AT_WORK, ActState, RowState
from yichuang.cases.models import BulkAct
from yichuang.directory.flow import Capability
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.masking import Personal, mask
from yichuang.kernel.paging import Page

PAGE = 50
BLOCK_OF_FILE = 1000


def within(act: BulkAct, by: Actor) -> bool:
    """Whether an actor reaches every department of an act, and is cleared for its most confidential case."""
    return (
        by.can(Capability.CASE_ACT_BULK)
        and by.cleared(act.clearance)
        and all(map(by.reaches, act.department_ids))
    )


def bulk_acts(
    *, by: Actor, states: tuple[ActState, ...] = (), after: str = "", size: int = paging.PAGE
) -> Page[BulkAct]:
    """Acts, the newest first: those whose every case the actor may see. One statement."""
    found = _visible(by)
    if states:
        found = found.filter(state__in=[str(one) for one in states])
    cursor = paging.decode(after, parts=1)
    if cursor:
        found = found.filter(pk__lt=paging.id_part(cursor[0]))
    rows = list(found.order_by("-pk")[: size + 1])
    return paging.cut(rows, size=size, key=lambda one: (str(one.pk),), after=after)


def _visible(by: Actor) -> QuerySet[BulkAct]:
    by.require(Capability.CASE_ACT_BULK)
    reached = by.scope_departments
    found = BulkAct.objects.filter(clearance__lte=by.clearance)
    return found if reached is None else found.filter(department_ids__contained_by=list(reached))


def bulk_act(act_id: UUID, *, by: Actor) -> BulkAct:
    """One act. Raises Missing where it is not for this actor."""
    by.require(Capability.CASE_ACT_BULK)
    found = BulkAct.objects.filter(pk=act_id).first()
    if found is None or not within(found, by):
        raise Missing
    return found


@dataclass(frozen=True, slots=True)
class ActCase:
    """One case of an act, as it stands in the act and by itself."""

    position: int
    id: UUID
    number: str
    item_name: str
    applicant_name: str
    person: bool
    case_state: str
    due_on: date | None
    state: str
    reason: int

    @property
    def masked_name(self) -> str:
        """The applicant as lists and files show it: a person's name masked, a company's whole."""
        return mask(Personal.NAME, self.applicant_name) if self.person else self.applicant_name

    @property
    def state_label(self) -> str:
        """How the case stands in the act."""
        return RowState(self.state).label

    @property
    def case_label(self) -> str:
        """The state of the case now."""
        return State(self.case_state).label


WITH_REASON = [str(one) for one in (RowState.UNABLE, RowState.REFUSED, RowState.SKIPPED)]
COLUMNS = (
    "b.position, c.id, c.number, c.item_name, c.applicant_name, "
    "coalesce((select a.kind = 'person' from directory_applicant a where a.id = c.applicant_id), true), "
    "c.state, b.due_on, b.state, b.reason"
)


def act_cases(
    act: BulkAct, *, by: Actor, state: str = "", reason: int = 0, after: str = "", size: int = PAGE
) -> Page[ActCase]:
    """One page of an act's cases, in their order, or those of one state with their reasons together. One statement."""
    if not within(act, by):
        raise Missing
    conditions, order = ["b.act_id = %(act)s"], "b.position"
    parameters: dict[str, Any] = {"act": act.pk, "limit": size + 1}
    if reason:
        conditions.append("b.state = any(%(states)s) and b.reason = %(reason)s")
        parameters |= {"states": [state] if state else WITH_REASON, "reason": reason}
    elif state:
        conditions.append("b.state = %(state)s")
        parameters["state"] = state
        order = "b.reason, b.position"
    cursor = paging.decode(after, parts=2)
    if cursor:
        together = order != "b.position"
        conditions.append(
            "(b.reason, b.position) > (%(last_reason)s, %(last)s)" if together else "b.position > %(last)s"
        )
        parameters |= {"last_reason": _number(cursor[0]), "last": _number(cursor[1])}
    found = sql.rows(
        f"select {COLUMNS} from cases_bulkactcase b join cases_case c on c.id = b.case_id "  # noqa: S608
        f"where {' and '.join(conditions)} order by {order} limit %(limit)s",
        parameters,
    )
    rows = [ActCase(*row) for row in found]
    return paging.cut(rows, size=size, key=lambda one: (str(one.reason), str(one.position)), after=after)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def every_act_case(act: BulkAct, *, by: Actor, state: str = "", reason: int = 0) -> Iterator[ActCase]:
    """Every case of an act for a file, block by block. Whether it may be read is asked here and now."""
    if not within(act, by):
        raise Missing
    return _blocks(act, by, state, reason)


def _blocks(act: BulkAct, by: Actor, state: str, reason: int) -> Iterator[ActCase]:
    after = ""
    while True:
        page = act_cases(act, by=by, state=state, reason=reason, after=after, size=BLOCK_OF_FILE)
        yield from page.rows
        if not page.following:
            return
        after = page.following


def find_waiting(*, at: datetime) -> list[UUID]:
    """Acts for which the platform has something to do now, the oldest first: to look at, or released and cooled."""
    found = BulkAct.objects.filter(state__in=[str(one) for one in AT_WORK]).filter(
        Q(state__in=[ActState.CHECKING.value, ActState.RUNNING.value]) | Q(starts_at__lte=at)
    )
    return list(found.order_by("pk").values_list("pk", flat=True))
