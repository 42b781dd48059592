"""Writes of the windows themselves: made and changed, who sits where from when, the seat of the day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Department
from yichuang.halls.flow.windows import WINDOW_SUBJECT, WindowKind
from yichuang.halls.models import Seat, Staffing, Window
from yichuang.halls.rules.windows import is_window_code
from yichuang.journal.commands import NewFact, is_used, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class WindowForm:
    """What is typed of a window."""

    code: str
    name: str
    kind: str = WindowKind.GENERAL
    department_id: UUID | None = None
    place: str = ""
    phone: str = ""
    is_active: bool = True


@keyed("window")
@transaction.atomic
def save_window(
    form: WindowForm, *, by: Actor, at: datetime, key: str, window_id: UUID | None = None, seen: int = 0
) -> Window:
    """Make a window, or change one over the edit that was seen. Leaves a fact on the window.

    The same key makes one window. Raises Invalid (fields), Conflict (code taken, changed meanwhile), Missing.
    """
    by.require(Capability.WINDOW_MANAGE)
    known = Window.objects.filter(key=key).first() if window_id is None else None
    if known is not None:
        return known
    found = _locked(window_id) if window_id else None
    if found is not None and found.edit != seen:
        if is_used("window", key):
            return found
        raise Conflict("您打开页面之后，已有人改过这个窗口。", how="您填写的内容还在页面上，核对后再保存。")
    _check(form, found)
    made = found or Window(id=uuid7(at), key=key, edit=0)
    before = {} if found is None else {"name": found.name, "kind": found.kind, "active": found.is_active}
    made.code, made.name, made.kind = form.code.strip(), form.name.strip(), form.kind
    made.department_id = form.department_id if form.kind == WindowKind.DEPARTMENT else None
    made.place, made.phone, made.is_active = form.place.strip(), form.phone.strip(), form.is_active
    made.edit, made.changed_at, made.changed_by_name = made.edit + 1, at, by.name
    try:
        with transaction.atomic():
            made.save(force_insert=found is None)
    except IntegrityError as error:
        twice = Window.objects.filter(key=key).first() if found is None else None
        if twice is not None:
            return twice
        raise _code_taken(made.code) from error
    data = {
        "code": made.code,
        "name": made.name,
        "kind": made.kind,
        "active": made.is_active,
        "before": before,
    }
    kind = "hall_window.changed" if found else "hall_window.opened"
    record(NewFact(made.pk, WINDOW_SUBJECT, kind, data, department_id=made.department_id), by=by, at=at)
    return made


def _locked(window_id: UUID) -> Window:
    found = Window.objects.select_for_update(of=("self",)).filter(pk=window_id).first()
    if found is None:
        raise Missing
    return found


def _code_taken(code: str) -> Invalid:
    return Invalid("窗口编号已被使用。", fields={"code": f"窗口 {code} 已经有了，请换一个编号"})


def _check(form: WindowForm, found: Window | None) -> None:
    wrong: dict[str, str] = {}
    code = form.code.strip()
    if not is_window_code(code):
        wrong["code"] = "窗口编号是一个大写字母加两到三位数字，例如 A01"
    elif (found is None or found.code != code) and Window.objects.filter(code=code).exists():
        wrong |= _code_taken(code).fields
    if not form.name.strip():
        wrong["name"] = "请填写窗口名称，例如：综合窗口"
    if form.kind not in set(WindowKind):
        wrong["kind"] = "请选择综合窗口还是部门窗口"
    if form.kind == WindowKind.DEPARTMENT:
        known = form.department_id and Department.objects.filter(pk=form.department_id).exists()
        if not known:
            wrong["department"] = "部门窗口请选择所属部门"
    if wrong:
        raise Invalid("窗口信息不完整。", fields=wrong)


@keyed("staffing")
@transaction.atomic
def assign_staff(
    window_id: UUID, account_id: UUID, since: date, *, by: Actor, at: datetime, key: str
) -> Staffing:
    """Let somebody sit at a window from a day; where they sat before ends the day before. Leaves a fact.

    The same key assigns once. Raises Missing, Invalid (window closed, not active staff, a day before the last change).
    """
    by.require(Capability.WINDOW_MANAGE)
    known = Staffing.objects.filter(key=key).first()
    if known is not None:
        return known
    window = _locked(window_id)
    # The window is held: whoever pressed the same button a moment earlier is done by now.
    twice = Staffing.objects.filter(key=key).first()
    if twice is not None:
        return twice
    account = Account.objects.select_for_update().filter(pk=account_id, is_staff=True, is_active=True).first()
    if account is None:
        raise Invalid("请选择窗口人员。", fields={"account": "请从名单中选择在职人员"})
    if not window.is_active:
        raise Invalid("这个窗口已停用。", fields={"window": "请先启用窗口，再安排人员"})
    _end_before(account.pk, since)
    made = Staffing(
        id=uuid7(at), window=window, account=account, since=since, at=at, by_name=by.name, key=key
    )
    made.save(force_insert=True)
    data = {"window": window.code, "account": account.pk, "since": since}
    record(NewFact(window.pk, WINDOW_SUBJECT, "hall_window.staffed", data), by=by, at=at)
    return made


def _end_before(account_id: UUID, since: date) -> None:
    last = Staffing.objects.filter(account_id=account_id).order_by("-since").first()
    if last is None:
        return
    if last.since >= since:
        raise Invalid(
            "上岗日期早于此人最近一次安排。",
            fields={"since": f"此人从 {last.since} 起已有安排，请填之后的日期"},
        )
    if last.until is None or last.until >= since:
        last.until = since - timedelta(days=1)
        last.save(update_fields=["until"])


@transaction.atomic
def end_staffing(staffing_id: UUID, until: date, *, by: Actor, at: datetime) -> Staffing:
    """Let somebody leave a window after a day. Raises Missing, Conflict (has ended), Invalid (before it began)."""
    by.require(Capability.WINDOW_MANAGE)
    found = (
        Staffing.objects.select_for_update(of=("self",))
        .prefetch_related("window")
        .filter(pk=staffing_id)
        .first()
    )
    if found is None:
        raise Missing
    if found.until is not None:
        raise Conflict(f"这次安排已于 {found.until} 结束。", how="请刷新页面查看。")
    if until < found.since:
        raise Invalid("离岗日期早于上岗日期。", fields={"until": f"请填 {found.since} 或者以后的日期"})
    found.until = until
    found.save(update_fields=["until"])
    data = {"window": found.window.code, "account": found.account_id, "until": until}
    record(NewFact(found.window_id, WINDOW_SUBJECT, "hall_window.left", data), by=by, at=at)
    return found


def choose_seat(window_id: UUID, *, by: Actor, at: datetime) -> Seat:
    """Choose where one sits today; choosing again changes it, acts keep the window at which they happened.

    Drafts of the day, not of the law: no fact. Raises Missing, Refused for another department's window, Invalid.
    """
    by.require(Capability.WINDOW_ACT)
    window = Window.objects.filter(pk=window_id).first()
    if window is None:
        raise Missing
    if not window.is_active:
        raise Invalid("这个窗口已停用。", fields={"window": "请选择正在使用的窗口"})
    if window.department_id is not None and not by.reaches(window.department_id):
        raise Refused("这是其他部门的窗口。", how="请选择综合窗口或者本部门的窗口。")
    day, who = local_day(at), by.id
    if who is None:
        raise Refused("平台自己不坐窗口。", how="请用工作人员账号登录。")
    try:
        with transaction.atomic():
            return Seat.objects.create(id=uuid7(at), account_id=who, window=window, day=day, at=at)
    except IntegrityError:
        Seat.objects.filter(account_id=who, day=day).update(window=window, at=at)
        return Seat.objects.get(account_id=who, day=day)
