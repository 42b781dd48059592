"""An item passes to another department on a day (转隶): planned, executed once, or cancelled before.

Execution is one transaction: open cases keep their numbers, clocks and chains and get one fact each; manual, guide,
authorisations, delegations and reviews go along. Closed cases and all earlier facts stay with the old department, and
so do the figures made of them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.cases.flow import OPEN_STATES, TRANSFERRED
from yichuang.cases.models import Transfer
from yichuang.cases.queries import statement_text
from yichuang.cases.queries.transfers import transfers_due
from yichuang.catalogue.commands.transfers import ItemMove, locked_item, move_item
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.journal.commands import NewFact, ensure_partitions, fact_parameters, keyed, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

# More open cases than this are not moved while somebody waits for a page: `yichuang transfers` does it, in one
# transaction as well.
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class TransferForm:
    """What is typed of a transfer."""

    item_id: UUID | None
    to_department: UUID | None
    effective_on: date | None
    legal_basis: str
    document_number: str


@dataclass(frozen=True, slots=True)
class Executed:
    """What one execution did: the transfer, and whether it had been executed before."""

    transfer: Transfer
    replayed: bool


@keyed("transfer")
def plan_transfer(form: TransferForm, *, by: Actor, at: datetime, key: str) -> Transfer:
    """Register a transfer for a day, today at the earliest; nothing moves yet. The same key gives the same transfer.

    Raises Invalid (fields), Refused for staff of one department, Conflict where one is planned for this item already.
    """
    _may(by)
    earlier = Transfer.objects.filter(key=key).first()
    if earlier is not None:
        return earlier
    item, to = _checked(form, local_day(at))
    assert form.effective_on is not None
    try:
        with transaction.atomic():
            made = Transfer.objects.create(
                id=uuid7(at), item_id=item.pk, item_name=item.name, from_department_id=item.department_id,
                to_department_id=to.pk, effective_on=form.effective_on, legal_basis=form.legal_basis.strip(),
                document_number=form.document_number.strip(), at=at, by_name=by.name, key=key,
            )  # fmt: skip
            _tell(made, "transfer.planned", by=by, at=at)
            return made
    except IntegrityError as error:
        again = Transfer.objects.filter(key=key).first()
        if again is not None:
            return again
        raise Conflict(
            f"“{item.name}”已有一次计划中的转隶。", how="请先执行或者取消那一次，再登记新的。"
        ) from error


def cancel_transfer(transfer_id: UUID, *, reason: str, by: Actor, at: datetime) -> Transfer:
    """Cancel a planned transfer with a reason. Raises Missing, Invalid, Conflict (executed or cancelled)."""
    _may(by)
    with transaction.atomic():
        found = _planned(transfer_id)
        if found.executed_at is not None:
            raise Conflict("这次转隶已经执行，不能取消。", how="需要恢复的，请登记一次相反的转隶。")
        if not reason.strip():
            raise Invalid("请写明取消的理由。", fields={"reason": "不能为空"})
        found.cancelled_at, found.cancelled_by_name, found.cancelled_reason = at, by.name, reason.strip()
        found.save()
        _tell(found, "transfer.cancelled", by=by, at=at)
        return found


def execute_transfer(
    transfer_id: UUID, *, by: Actor, at: datetime, most: int | None = MOST_AT_ONCE
) -> Executed:
    """Execute a planned transfer in one transaction; executed twice it moves nothing the second time.

    Raises Missing, Conflict (cancelled, or the item is not where it was), Invalid before its day or for more than
    `most` open cases (none: as many as there are).
    """
    _may(by)
    with transaction.atomic():
        found = _planned(transfer_id)
        if found.executed_at is not None:
            return Executed(found, replayed=True)
        if local_day(at) < found.effective_on:
            raise Invalid(
                f"这次转隶自 {found.effective_on} 起生效，现在不能执行。",
                how="到日由平台自动执行；需要提前的，请取消后重新登记。",
            )
        item = locked_item(found.item_id, found.from_department_id)
        _limited(found, most)
        cases = _move_cases(found, by=by, at=at)
        move = ItemMove(
            found.pk, found.item_id, found.from_department_id, found.to_department_id, found.legal_basis,
            found.document_number,
        )  # fmt: skip
        moved = move_item(item, move, cases, by=by, at=at)
        found.executed_at, found.trouble = at, ""
        found.moved = {"cases": cases, **moved}
        found.save()
        return Executed(found, replayed=False)


def execute_due(*, at: datetime) -> list[tuple[Transfer, str]]:
    """Execute every planned transfer whose day has come, each in its own transaction; run twice it does nothing new.

    Gives each transfer with what went wrong (empty: executed). Trouble is kept with the transfer and tried again.
    """
    done = []
    for transfer_id in transfers_due(local_day(at)):
        try:
            done.append((execute_transfer(transfer_id, by=SYSTEM, at=at, most=None).transfer, ""))
        except Problem as problem:
            Transfer.objects.filter(pk=transfer_id).update(trouble=problem.message)
            done.append((Transfer.objects.get(pk=transfer_id), problem.message))
    return done


def _tell(found: Transfer, kind: str, *, by: Actor, at: datetime) -> None:
    data = {
        "item": found.item_id, "from": found.from_department_id, "to": found.to_department_id,
        "effective_on": found.effective_on, "document_number": found.document_number,
    }  # fmt: skip
    ground = found.cancelled_reason or found.legal_basis
    record(NewFact(found.pk, "transfer", kind, data, ground=ground, item_id=found.item_id), by=by, at=at)


def _may(by: Actor) -> None:
    by.require(Capability.CATALOGUE_LISTS)
    if not by.everywhere:
        raise Refused("转隶涉及两个部门，由政务服务中心登记。", how="请联系中心的事项编辑岗。")


def _checked(form: TransferForm, today: date) -> tuple[Item, Department]:
    item = Item.objects.defer("search").filter(pk=form.item_id).first() if form.item_id else None
    to = (
        Department.objects.filter(pk=form.to_department, is_active=True).first()
        if form.to_department
        else None
    )
    wrong = {}
    if item is None:
        wrong["item"] = "请选择要转隶的事项"
    if to is None or (item is not None and to.pk == item.department_id):
        wrong["to_department"] = "请选择另一个部门"
    if form.effective_on is None or form.effective_on < today:
        wrong["effective_on"] = "请填写今天或者以后的日期"
    if not form.legal_basis.strip():
        wrong["legal_basis"] = "请写明转隶的法律或者文件依据"
    if not form.document_number.strip():
        wrong["document_number"] = "请填写文号"
    if wrong or item is None or to is None:
        raise Invalid("转隶的内容不完整。", how="请按提示修改后再登记。", fields=wrong)
    return item, to


def _planned(transfer_id: UUID) -> Transfer:
    found = Transfer.objects.select_for_update().filter(pk=transfer_id).first()
    if found is None:
        raise Missing
    if found.cancelled_at is not None:
        raise Conflict("这次转隶已经取消。", how="请刷新页面查看。")
    return found


def _limited(found: Transfer, most: int | None) -> None:
    """Lock the open cases in their order, so that a step taken meanwhile waits and then sees what has changed."""
    locked = sql.rows(
        "select c.id from cases_case c where c.item_id = %(item)s and c.department_id = %(from)s "
        "and c.state = any(%(open)s) order by c.id for update",
        _place(found),
    )
    if most is not None and len(locked) > most:
        raise Invalid(
            f"在办件有{len(locked)}件，超过页面上一次能移交的{most}件。",
            how="请由管理员运行“yichuang transfers”，或者等平台到日自动执行；仍在一个事务内完成。",
        )


def _move_cases(found: Transfer, *, by: Actor, at: datetime) -> dict[str, int]:
    ensure_partitions(at)
    data = {"transfer": found.pk, "from": found.from_department_id, "to_department": found.to_department_id}
    parameters = fact_parameters(TRANSFERRED, by=by, at=at, data=data) | _place(found)
    parameters |= {"subject_kind": "case", "to": found.to_department_id}
    rows = sql.rows(statement_text("transfer"), parameters)
    return dict(sorted(rows))


def _place(found: Transfer) -> dict[str, object]:
    opened = [str(state) for state in OPEN_STATES]
    return {"item": found.item_id, "from": found.from_department_id, "open": opened}
