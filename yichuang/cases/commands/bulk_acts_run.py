"""The platform's part of a bulk act: looking at every case, and, once released, carrying it out block by block."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands.bulk_acts_plans import judged, key_prefix, plan_for, somebody_able
from yichuang.cases.commands.bulk_acts_write import write
from yichuang.cases.commands.step import Step, Stepped
from yichuang.cases.flow.bulk_acts import (
    AT_WORK,
    BLOCK,
    CHANGED,
    KINDS,
    ActKind,
    ActState,
    RowState,
)
from yichuang.cases.models import BulkAct
from yichuang.cases.queries import CaseRow
from yichuang.cases.queries.one import load_many
from yichuang.cases.rules import signed
from yichuang.cases.rules.bulk_acts import grouped, shared
from yichuang.directory.flow import Capability
from yichuang.directory.queries import actor_of
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Problem
from yichuang.kernel.times import local_day
from yichuang.notices import commands as notices
from yichuang.notices.flow import MessageChannel

TAKE = """
select case_id, position, seen from cases_bulkactcase
where act_id = %(act)s and state = %(state)s order by reason, position limit %(limit)s
"""
MARK = """
update cases_bulkactcase b set state = t.state, reason = t.reason, due_on = coalesce(t.due_on, b.due_on)
from unnest(%(positions)s::int[], %(states)s::text[], %(reasons)s::int[], %(dues)s::date[])
     as t(position, state, reason, due_on)
where b.act_id = %(act)s and b.position = t.position
"""
GONE = "没有找到此件，或者放行人无权办理。"


def run_bulk_act(act_id: UUID, *, at: datetime) -> int:
    """Do what an act waits for, block after block; how many cases were dealt with.

    Each block is one transaction that holds the act's row: a second runner finds it taken and leaves, a cancellation
    waits for the block and then holds, and after a kill the next run goes on behind the last block. Each block is of the
    second in which it is done: what is decided behind midnight is not decided on the day before.
    """
    total, since = 0, monotonic()
    while dealt := _block(act_id, at + timedelta(seconds=int(monotonic() - since))):
        total += dealt
    return total


@transaction.atomic
def _block(act_id: UUID, at: datetime) -> int:
    act = BulkAct.objects.select_for_update(skip_locked=True).filter(pk=act_id, state__in=AT_WORK).first()
    if act is None:
        return 0
    if act.state == ActState.CHECKING:
        return check_block(act, by=SYSTEM, at=at)
    if act.state == ActState.RELEASED:
        if act.starts_at is None or act.starts_at > at:
            return 0
        act.state, act.began_at = ActState.RUNNING, at
    return _carry_out_block(act, at)


@dataclass(slots=True)
class _Found:
    """What became of the cases of a block, in the order of the act."""

    positions: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    reasons: list[int] = field(default_factory=list)
    dues: list[date | None] = field(default_factory=list)

    def add(
        self, act: BulkAct, position: int, state: RowState, why: str = "", due: date | None = None
    ) -> None:
        """Note one case, and count its reason on the act."""
        place = 0
        if why:
            known, place = grouped(act.reasons, why)
            act.reasons = [list(one) for one in known]
        self.positions.append(position)
        self.states.append(state)
        self.reasons.append(place)
        self.dues.append(due)

    def count(self, state: RowState) -> int:
        """How many cases ended so."""
        return self.states.count(state)

    def keep(self, act: BulkAct) -> None:
        """Write it down, in one statement."""
        if self.positions:
            sql.execute(
                MARK,
                {"act": act.pk, "positions": self.positions, "states": self.states, "reasons": self.reasons, "dues": self.dues},
            )  # fmt: skip


Taken = Sequence[tuple[UUID, int, int]]


def _take(act: BulkAct, state: RowState) -> tuple[Taken, dict[UUID, CaseRow]]:
    taken = [
        (row[0], row[1], row[2]) for row in sql.rows(TAKE, {"act": act.pk, "state": state, "limit": BLOCK})
    ]
    return taken, load_many([one[0] for one in taken], key_prefix(act)) if taken else {}


def check_block(act: BulkAct, *, by: Actor, at: datetime) -> int:
    """Look at the next cases of an act whose row is held: what can be done, and why not. How many."""
    by.require(Capability.CASE_ACT_BULK)
    prepared_by = actor_of(act.prepared_by_id, on=local_day(at))
    judge = somebody_able(prepared_by, KINDS[ActKind(act.kind)].capability)
    taken, rows = _take(act, RowState.WAITING)
    found = _Found()
    for case_id, position, _ in taken:
        _check(act, found, position, rows.get(case_id), judge, at)
    found.keep(act)
    act.checked += len(taken)
    act.able += found.count(RowState.ABLE)
    if len(taken) < BLOCK or act.checked == act.total:
        act.state = ActState.DRAFTED
    act.save()
    return len(taken)


def _check(
    act: BulkAct, found: _Found, position: int, row: CaseRow | None, judge: Actor, at: datetime
) -> None:
    try:
        made = judged(row, plan_for(act, row, by=judge, at=at))
    except Problem as problem:
        found.add(act, position, RowState.UNABLE, shared(problem.message, row.number if row else ""))
        return
    assert row is not None
    assert not isinstance(made, Stepped)
    change = made[1]
    due = None if act.kind == ActKind.DELIVER else change.work_due_on or change.row.due_on
    found.add(act, position, RowState.ABLE, due=due)
    if due is not None:
        act.due_from, act.due_to = min(act.due_from or due, due), max(act.due_to or due, due)
    act.held += row.work_holder_id not in (None, act.prepared_by_id)
    for signature in frozenset().union(*signed(row.facts).values()):
        act.signers[signature] = act.signers.get(signature, 0) + 1


def _carry_out_block(act: BulkAct, at: datetime) -> int:
    by = actor_of(act.released_by_id, on=local_day(at))
    taken, rows = _take(act, RowState.ABLE)
    found, steps = _Found(), list[tuple[int, Step]]()
    for case_id, position, seen in taken:
        step = _step(act, found, position, rows.get(case_id), seen, by, at)
        if step is not None:
            steps.append((position, step))
    for (position, _), problem in zip(steps, write([one for _, one in steps]), strict=True):
        if problem is None:
            found.add(act, position, RowState.DONE)
        else:
            found.add(act, position, RowState.SKIPPED, CHANGED)
    found.keep(act)
    act.done += found.count(RowState.DONE)
    act.refused += found.count(RowState.REFUSED)
    act.skipped += found.count(RowState.SKIPPED)
    if len(taken) < BLOCK:
        _end(act, at)
    act.save()
    return len(taken)


def _step(
    act: BulkAct, found: _Found, position: int, row: CaseRow | None, seen: int, by: Actor, at: datetime
) -> Step | None:
    """The judged step of one case; None where it is not taken, and why was noted."""
    if row is None:
        found.add(act, position, RowState.REFUSED, GONE)
        return None
    if row.key_used is None and row.seq != seen:
        found.add(act, position, RowState.SKIPPED, CHANGED)
        return None
    try:
        plan = plan_for(act, row, by=by, at=at, seen=None if row.key_used else seen)
        made = judged(row, plan)
    except Problem as problem:
        found.add(act, position, RowState.REFUSED, shared(problem.message, row.number))
        return None
    if isinstance(made, Stepped):
        found.add(act, position, RowState.DONE)
        return None
    return Step(plan.ask, *made)


def _end(act: BulkAct, at: datetime) -> None:
    """The act has ended: its own fact, and one message to each of the two who answer for it."""
    act.state, act.ended_at, act.receiver = ActState.DONE, at, ""
    counts = {"done": act.done, "refused": act.refused, "skipped": act.skipped, "total": act.total}
    left = record(NewFact(act.pk, "bulk_act", "bulk_act.ended", dict(counts)), by=SYSTEM, at=at)
    words = f"已完成：办理 {act.done} 件，未能办理 {act.refused} 件，跳过 {act.skipped} 件。"
    _tell(act, "bulk_act.ended", left.seq, "已完成", words, at)


@transaction.atomic
def lay_aside_act(act_id: UUID, *, why: str, at: datetime) -> None:  # noqa: ARG001 - the trouble is the administrator's to read
    """Stop an act at which the worker failed again and again: what was recorded stays, and those who answer for it are told
    how to go on. Nothing where it has ended; safe to run twice.
    """
    act = BulkAct.objects.select_for_update().filter(pk=act_id, state__in=AT_WORK).first()
    if act is None:
        return
    rest = act.able - act.done
    act.state, act.ended_at, act.receiver = ActState.CANCELLED, at, ""
    act.cancelled_by_name = "平台"
    act.cancelled_why = (
        f"平台处理时多次出错，已停止：已办理的 {act.done} 件有效，其余 {rest} 件没有改动。"
        "请联系平台管理员，处理后对其余的件重新拟定。"
    )
    act.save()
    data = {"done": act.done, "left": rest, "failed": True}
    left = record(NewFact(act.pk, "bulk_act", "bulk_act.cancelled", data), by=SYSTEM, at=at)
    _tell(act, "bulk_act.failed", left.seq, "没有完成", f"没有完成。{act.cancelled_why}", at)


def _tell(act: BulkAct, template: str, seq: int, title: str, words: str, at: datetime) -> None:
    """One message to each of those who answer for an act: who prepared it, and who released it if anybody has."""
    label = KINDS[ActKind(act.kind)].label
    for person in dict.fromkeys((act.prepared_by_id, act.released_by_id)):
        if person is not None:
            notices.queue(
                notices.NewMessage(
                    act.pk, seq, MessageChannel.MAIL, template, str(person), f"{label}{title}", f"{label}{words}",
                    f"/desk/bulk-acts/{act.pk}", account_id=person,
                ),
                at=at,
            )  # fmt: skip
