"""Leave: somebody stands in for an absent colleague, for some days and some capabilities of the absent one's post."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from yichuang.directory.flow import REACH_ORDER, Capability
from yichuang.directory.models import Account, Post, StandIn
from yichuang.directory.queries import may_hand_on, stand_in_for
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day

LONGEST = timedelta(days=180)
LOCK = "select pg_advisory_xact_lock(hashtext('directory_standin'))"


@dataclass(frozen=True, slots=True)
class StandInForm:
    """What is arranged: who is absent, who stands in, on which days (both count), what for, and why."""

    absent_id: UUID | None
    stand_in_id: UUID | None
    first_day: date | None
    last_day: date | None
    capabilities: tuple[str, ...]
    reason: str


def arrange_stand_in(form: StandInForm, *, key: str, by: Actor, at: datetime) -> StandIn:
    """Arrange a stand-in of the same department; both names stand on what is then done. The same key, the same answer.

    Nobody stands in for himself, nobody arranges the own standing-in, nothing is handed on twice (no chains), and the
    administration of rights is not handed on at all. Raises Refused, Missing, Invalid with every field that is wrong,
    or Conflict where the absent colleague has a stand-in on one of the days already.
    """
    by.require(Capability.STAND_IN_ARRANGE)
    known = StandIn.objects.filter(key=key).first()
    if known is not None:
        return _replay(known, form, by)
    try:
        with transaction.atomic():
            sql.execute(LOCK)
            return _arrange(form, key, by, at)
    except IntegrityError as error:
        again = StandIn.objects.filter(key=key).first()
        if again is not None:
            return _replay(again, form, by)
        wrong = {"first_day": "与已有安排的日期重叠，请调整日期，或先结束原来的安排"}
        raise Conflict("这位同事在这几天已经有代理人。", fields=wrong) from error


def _replay(known: StandIn, form: StandInForm, by: Actor) -> StandIn:
    same = (
        known.absent_id, known.stand_in_id, known.first_day, known.last_day, known.capabilities, known.reason,
    ) == (
        form.absent_id, form.stand_in_id, form.first_day, form.last_day, sorted(set(form.capabilities)), form.reason.strip(),
    )  # fmt: skip
    if known.arranged_by_id != by.id:
        raise Missing
    if not same:
        raise Conflict("同一提交标识已用于另一内容。", how="请刷新页面后重新提交。")
    return known


def _arrange(form: StandInForm, key: str, by: Actor, at: datetime) -> StandIn:
    absent, other = _member(form.absent_id, by), _member(form.stand_in_id, by)
    wrong = _wrong_people(absent, other, by)
    wrong |= _wrong_days(form, local_day(at))
    wrong |= _wrong_words(form, absent)
    if not wrong:
        wrong = _chained(form)
    if wrong or absent is None or other is None or form.first_day is None or form.last_day is None:
        raise Invalid("代理安排有误，请按提示修改。", fields=wrong)
    made = StandIn.objects.create(
        id=uuid7(at), absent=absent, stand_in=other, first_day=form.first_day, last_day=form.last_day,
        capabilities=sorted(set(form.capabilities)), reason=form.reason.strip(), arranged_by_id=by.id, at=at, key=key,
    )  # fmt: skip
    data = {
        "absent": f"staff:{absent.pk}", "stand_in": f"staff:{other.pk}", "first_day": made.first_day,
        "last_day": made.last_day, "capabilities": made.capabilities,
    }  # fmt: skip
    _tell(made, "stand_in.arranged", data, _post(absent), by, at)
    return made


def _member(account_id: UUID | None, by: Actor) -> Account | None:
    """An active member of staff within reach; None for everybody else, who looks like nobody."""
    if account_id is None:
        return None
    found = (
        Account.objects.filter(pk=account_id, is_staff=True, is_active=True).select_related("post").first()
    )
    return found if found and found.post and by.reaches(found.post.department_id) else None


def _post(account: Account) -> Post:
    assert account.post is not None
    return account.post


def _wrong_people(absent: Account | None, other: Account | None, by: Actor) -> dict[str, str]:
    if absent is None:
        return {"absent": "请选择请假的同事"}
    if other is None:
        return {"stand_in": "请选择代理人"}
    if absent.pk == other.pk:
        return {"stand_in": "不能由本人代理本人"}
    if other.pk == by.id:
        return {"stand_in": "不能安排自己代理他人，请由另一位管理员安排"}
    theirs, own = _post(other), _post(absent)
    if theirs.department_id != own.department_id:
        return {"stand_in": "代理人应是同一部门的同事"}
    if not theirs.is_active or REACH_ORDER[theirs.reach] > REACH_ORDER[own.reach]:
        return {"stand_in": "代理人的岗位范围大于请假同事的岗位，不能代理"}
    return {}


def _wrong_days(form: StandInForm, today: date) -> dict[str, str]:
    if form.first_day is None:
        return {"first_day": "请填写开始日期"}
    if form.last_day is None:
        return {"last_day": "请填写结束日期"}
    if form.last_day < max(form.first_day, today):
        return {"last_day": "结束日期不能早于开始日期和今天"}
    if form.last_day - form.first_day >= LONGEST:
        return {"last_day": f"一次最多安排 {LONGEST.days} 天"}
    return {}


def _wrong_words(form: StandInForm, absent: Account | None) -> dict[str, str]:
    wrong = {}
    if not form.capabilities:
        wrong["capabilities"] = "请至少选择一项代理的权限"
    elif absent is not None and not set(form.capabilities) <= set(may_hand_on(_post(absent))):
        wrong["capabilities"] = "只能从请假同事现有的、可以代理的权限中选择"
    if not form.reason.strip():
        wrong["reason"] = "请写明事由，例如：年休假"
    return wrong


def _chained(form: StandInForm) -> dict[str, str]:
    """Whoever stands in is not absent on those days, and whoever is absent stands in for nobody: no chains."""
    days = Q(first_day__lte=form.last_day, last_day__gte=form.first_day)
    days &= Q(ended_on__isnull=True) | Q(ended_on__gt=form.first_day)
    if StandIn.objects.filter(days, absent_id=form.stand_in_id).exists():
        return {"stand_in": "这位同事在这几天自己也请假，请另选一位"}
    if StandIn.objects.filter(days, stand_in_id=form.absent_id).exists():
        return {"absent": "这位同事在这几天正代理他人，请先结束那项代理"}
    return {}


@transaction.atomic
def end_stand_in(stand_in_id: UUID, *, by: Actor, at: datetime) -> StandIn:
    """End an arrangement at once: from this moment its capabilities are held no more. Ending it again changes nothing.

    Raises Refused, Missing (not there or not within reach), Conflict where its days are over.
    """
    by.require(Capability.STAND_IN_ARRANGE)
    sql.execute(LOCK)
    found = stand_in_for(stand_in_id, by=by)
    today = local_day(at)
    if found.ended_on is not None:
        return found
    if found.last_day < today:
        raise Conflict("这项代理已经到期，不需要结束。", how="请刷新页面。")
    found.ended_on = max(found.first_day, today)
    found.save(update_fields=["ended_on"])
    _tell(found, "stand_in.ended", {"ended_on": found.ended_on}, _post(found.absent), by, at)
    return found


def _tell(made: StandIn, kind: str, data: dict[str, object], post: Post, by: Actor, at: datetime) -> None:
    """The fact of an arrangement. The reason is not in it: why somebody is on leave is nobody else's business."""
    record(NewFact(made.pk, "stand_in", kind, data, department_id=post.department_id), by=by, at=at)
