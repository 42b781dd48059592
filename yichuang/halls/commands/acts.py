"""Writes of the window's acts: consulted, accepted, handed over, issued; entered later; cancelled.

Each act leaves one fact `window.<act>` with its pieces as the fact's quantity, dated the day on which it happened. A
cancelled act leaves another of the same kind and day that takes the pieces back, so the sum of a day is right again.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.halls.flow.windows import MOST_AT_ONCE, SUBJECT, ActKind, ConsultWay
from yichuang.halls.models import Window, WindowAct
from yichuang.halls.queries.windows import seat_of
from yichuang.intake.commands.walk_in import require_window_gate
from yichuang.journal.commands import NewFact, Recorded, record
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI, local_day

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class NewAct:
    """What every act says. `day` is given for what happened before today; `words` are those that stay here alone."""

    kind: ActKind
    department_id: UUID | None
    quantity: int = 1
    window_id: UUID | None = None
    item_id: UUID | None = None
    applicant_id: UUID | None = None
    day: date | None = None
    source: str = ""
    case_id: UUID | None = None
    numbers: tuple[str, ...] = ()
    way: str = ""
    topic: str = ""
    answer: str = ""
    minutes: int | None = None
    after_id: UUID | None = None
    # More of the act that its own table keeps: part of what the key stands for, and committed to in the fact.
    particulars: Mapping[str, object] = field(default_factory=dict)
    series: str | None = None
    number_prefix: str = ""
    number_suffix: str = ""


def consult(new: NewAct, *, by: Actor, at: datetime, key: str) -> WindowAct:
    """Record a consultation with its question and answer. The same key records once.

    Raises Invalid (fields), Refused for another department's.
    """
    by.require(Capability.WINDOW_ACT)
    wrong = {}
    if new.way not in set(ConsultWay):
        wrong["way"] = "请选择现场、电话还是网上"
    if not new.topic.strip():
        wrong["topic"] = "请写明咨询的问题，例如：取水许可延续要多久"
    if not new.answer.strip():
        wrong["answer"] = "请写明答复的内容"
    if new.minutes is not None and not 1 <= new.minutes <= 480:
        wrong["minutes"] = "请填 1 到 480 之间的整数"
    if wrong:
        raise Invalid("咨询登记不完整。", fields=wrong)
    with transaction.atomic():
        return put(new, by=by, at=at, key=key)[0]


def accept_elsewhere(new: NewAct, *, by: Actor, at: datetime, key: str) -> WindowAct:
    """Record what the window accepted in a department's own system, with the numbers given there.

    `source` names that system. Raises Invalid, and Refused where the item is not the window's to accept.
    """
    by.require(Capability.WINDOW_ACT)
    wrong = {}
    if not new.numbers:
        wrong["numbers"] = "请填部门系统给的受理编号，一行一个"
    if not new.source.strip():
        wrong["source"] = "请写明是哪个系统，例如：部门审批系统"
    if wrong:
        raise Invalid("受理登记不完整。", fields=wrong)
    if new.item_id is not None:
        require_window_gate(new.item_id, at=at)
    with transaction.atomic():
        return put(new, by=by, at=at, key=key)[0]


def enter(new: NewAct, *, by: Actor, at: datetime, key: str) -> WindowAct:
    """Enter acts of a past day as a count with its source (补录). Raises Invalid, Refused."""
    by.require(Capability.WINDOW_ACT)
    wrong = {}
    if new.day is None:
        wrong["day"] = "请填办理日期"
    if not new.source.strip():
        wrong["source"] = "请写明数字的来源，例如：5月13日综窗纸质台账"
    if wrong:
        raise Invalid("补录内容不完整。", fields=wrong)
    with transaction.atomic():
        return put(new, by=by, at=at, key=key)[0]


def cancel_act(act_id: UUID, reason: str, *, by: Actor, at: datetime) -> WindowAct:
    """Cancel an act that was entered wrongly: it stays with the reason and counts nothing.

    Whoever entered it may, and the managers of windows. Raises Missing, Refused, Invalid, Conflict (cancelled already,
    received by the department, of a case that the window itself filed or whose content was destroyed by law).
    """
    by.require(Capability.WINDOW_ACT)
    with transaction.atomic():
        act = WindowAct.objects.select_for_update(of=("self",)).filter(pk=act_id).first()
        if act is None or not _reaches(act.department_id, by):
            raise Missing
        _check_cancel(act, reason, by)
        act.cancelled_at, act.cancelled_by_name, act.cancel_reason = at, by.name, reason.strip()
        act.save(update_fields=["cancelled_at", "cancelled_by_name", "cancel_reason"])
        # The words stand here alone: who cancels may have named a person.
        words = canonical.commitment(act.salt, reason.strip())
        data = {"cancelled": True, "quantity": -act.quantity, "entered_at": at, "reason": words}
        _tell(act, data, quantity=-act.quantity, by=by)
        return act


def _check_cancel(act: WindowAct, reason: str, by: Actor) -> None:
    if act.entered_by_id != by.id and not by.can(Capability.WINDOW_MANAGE):
        raise Refused("这一条不是您登记的。", how="请由登记人或者综窗协调岗撤销。")
    if act.cancelled_at is not None:
        raise Conflict(f"这一条已由{act.cancelled_by_name}撤销。", how="请刷新页面查看。")
    if act.salt == "":
        # A reason given now would stay for ever.
        raise Conflict("这一条的内容已经依法删除，不能再撤销。", how="件数有误的，请报综窗协调岗另行说明。")
    if act.kind == ActKind.ACCEPTED and act.case_id is not None:
        raise Conflict("这是综窗收件时自动登记的受理，不能单独撤销。", how="请在办件页办理撤回或者终结。")
    sheet = getattr(act, "hand_over", None)
    if sheet is not None and sheet.state == "received":
        raise Conflict("部门已经签收，不能撤销。", how="请与部门核对后另开一张交接单。")
    if act.case_id is not None:
        raise Conflict("这次颁发已经登记为办件送达，不能撤销。", how="请在办件页核对送达登记。")
    if not reason.strip():
        raise Invalid("请写明撤销理由。", fields={"reason": "不能为空，例如：重复登记"})


def put(new: NewAct, *, by: Actor, at: datetime, key: str) -> tuple[WindowAct, Recorded | None]:
    """Write the act and its fact; with no fact where the key has written it before. Within a transaction.

    Raises Refused for whoever neither acts at windows nor files for others.
    """
    if not by.can(Capability.WINDOW_ACT):
        by.require(Capability.CASE_FILE_FOR)
    hashed = _hash(new, by)
    known = WindowAct.objects.filter(key=key).first()
    if known is None:
        act = _row(new, hashed, by, at, key)
        try:
            with transaction.atomic():
                act.save(force_insert=True)
        except IntegrityError as error:
            known = WindowAct.objects.filter(key=key).first()
            if known is None:
                raise Conflict("这件刚刚由别人登记过受理。", how="请刷新页面查看。") from error
        else:
            data: dict[str, object] = {
                "quantity": act.quantity, "window": act.window.code if act.window else None, "numbers": list(new.numbers),
                "case_id": new.case_id, "source": act.source, "after": new.after_id, "entered_at": at,
                "words": _commitment(act, new),
            }  # fmt: skip
            return act, _tell(act, data, quantity=act.quantity, by=by, new=new)
    if known.key_hash != hashed:
        raise Conflict("同一提交标识已用于另一次登记。", how="请刷新页面后重新登记。")
    return known, None


def _row(new: NewAct, hashed: str, by: Actor, at: datetime, key: str) -> WindowAct:
    day = new.day or local_day(at)
    _check(new, day, by, at)
    happened = at if day == local_day(at) else datetime.combine(day, time(12), SHANGHAI)
    window = _window(new, by, day)
    department_id = new.department_id if by.everywhere or new.department_id else by.department_id
    return WindowAct(
        id=uuid7(happened), kind=new.kind, window=window, department_id=department_id, item_id=new.item_id,
        applicant_id=new.applicant_id, day=day, at=happened, quantity=new.quantity, source=new.source.strip(),
        case_id=new.case_id, numbers=list(new.numbers), way=new.way, topic=new.topic.strip()[:LONGEST],
        answer=new.answer.strip()[:LONGEST], minutes=new.minutes, after_id=new.after_id, salt=secrets.token_hex(16),
        entered_by_id=by.id, entered_by_name=by.name, entered_at=at, key=key, key_hash=hashed,
    )  # fmt: skip


def _check(new: NewAct, day: date, by: Actor, at: datetime) -> None:
    wrong = {}
    if not 1 <= new.quantity <= MOST_AT_ONCE:
        wrong["quantity"] = f"请填 1 到 {MOST_AT_ONCE} 之间的整数"
    elif new.numbers and new.quantity != len(new.numbers):
        wrong["quantity"] = f"填了 {len(new.numbers)} 个编号，件数却是 {new.quantity}"
    if day > local_day(at) or day.year < 2000:
        wrong["day"] = "请填今天或者以前的日期"
    if new.department_id is None and new.kind != ActKind.CONSULTED:
        wrong["department"] = "请选择部门"
    if new.quantity > 1 and not new.numbers and not new.source.strip():
        wrong["source"] = "没有逐件填编号时，请写明件数的来源，例如：部门系统导出清单"
    if wrong:
        raise Invalid("登记内容有误。", fields=wrong)
    if not _reaches(new.department_id, by):
        raise Refused("这是其他部门的业务。", how="请由该部门或者综窗登记。")


def _reaches(department_id: UUID | None, by: Actor) -> bool:
    return department_id is None or by.reaches(department_id)


def _window(new: NewAct, by: Actor, day: date) -> Window | None:
    """The window given, else where the actor sits on that day; only the acceptance of a filing may have none."""
    found = Window.objects.filter(pk=new.window_id).first() if new.window_id else seat_of(by, day)
    if found is None and not (new.kind == ActKind.ACCEPTED and new.case_id):
        raise Invalid("还没有选择今天所在的窗口。", fields={"window": "请先选择窗口，再登记"})
    if found is not None and found.department_id is not None and not by.reaches(found.department_id):
        raise Refused("这是其他部门的窗口。", how="请选择综合窗口或者本部门的窗口。")
    return found


def _hash(new: NewAct, by: Actor) -> str:
    """What a key stands for: who enters what."""
    body = [
        by.signature, new.kind, new.department_id, new.quantity, new.item_id, new.applicant_id, new.day, new.source,
        new.case_id, list(new.numbers), new.way, new.topic, new.answer, new.minutes, new.after_id,
        dict(new.particulars),
    ]  # fmt: skip
    return canonical.digest(canonical.text(body))


def _commitment(act: WindowAct, new: NewAct) -> str:
    """Words and names stand here alone; the fact proves them and dies with the salt."""
    words = [act.topic, act.answer, new.applicant_id, dict(new.particulars)]
    return canonical.commitment(act.salt, words)


def _tell(
    act: WindowAct, data: dict[str, object], *, quantity: int, by: Actor, new: NewAct | None = None
) -> Recorded:
    item = Item.objects.only("item_type", "region_id").filter(pk=act.item_id).first() if act.item_id else None
    fact = NewFact(
        act.pk, SUBJECT, ActKind(act.kind).fact, data, department_id=act.department_id, item_id=act.item_id,
        item_type=item.item_type if item else None, region=item.region_id if item else None,
        quantity=quantity, series=new.series if new else None, number_prefix=new.number_prefix if new else "",
        number_suffix=new.number_suffix if new else "",
    )  # fmt: skip
    return record(fact, by=by, at=act.at)
