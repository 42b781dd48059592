"""The demo's experts, opinions, reviews, surveys and materials to follow: plainly fictional, made by the real commands."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.cases.commands import experts, experts_heard, opinions, pending, surveys
from yichuang.cases.commands.experts import DrawForm
from yichuang.cases.commands.experts_heard import Heard
from yichuang.cases.commands.opinions import Question
from yichuang.cases.commands.pending import Promise
from yichuang.cases.commands.surveys import PlanForm
from yichuang.cases.flow.reviewers import SeatState, Stance, Verdict
from yichuang.cases.queries import CaseRow, load
from yichuang.cases.queries.pending import guide_materials, may_follow
from yichuang.directory.commands import ExpertForm, declare_relation, save_expert
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Expert
from yichuang.directory.queries import actor_named, colleagues
from yichuang.kernel import sql
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import calendar

KEY = "demoreview"
FIELDS = ("水文水资源", "水工结构", "环境影响评价")
EXPERTS = 12
NAMES = ("张示例", "李示范", "王样例", "赵演示", "钱虚构", "孙假想")


@transaction.atomic
def load_reviewers(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Expert.objects.exists():
        return ""
    made = [_expert(number, at) for number in range(EXPERTS)]
    first = made[0]
    declare_relation(
        first.pk, "示例科技有限公司", "担任技术顾问（示例）", by=actor_named("supervisor"), at=at, key=f"{KEY}relation"
    )  # fmt: skip
    said = [f"专家 {len(made)} 位"]
    waiting = [row for row in _cases("review", "water") if row.work_kind == "review"]
    # The newest stays untouched, so that there is one to try the whole way with.
    if len(waiting) > 1:
        _examine(waiting[0], at)
        said.append("征求意见、专家评审和现场核查各 1 次")
    if any(_accept(row, at) for row in _received()):
        said.append("容缺受理 1 件")
    return "，".join(said)


def _expert(number: int, at: datetime) -> Expert:
    form = ExpertForm(
        f"{NAMES[number % len(NAMES)]}{number + 1:02d}",
        tuple(dict.fromkeys((FIELDS[0] if number < 8 else FIELDS[1], FIELDS[number % len(FIELDS)]))),
        f"示例研究院第{number + 1}研究所", "正高级工程师（示例）" if number % 2 else "教授（示例）",
        is_active=number != EXPERTS - 1,
    )  # fmt: skip
    return save_expert(form, by=actor_named("supervisor"), at=at, key=f"{KEY}expert{number:02d}")


def _cases(state: str, department: str) -> list[CaseRow]:
    found = sql.rows(
        "select c.id from cases_case c join directory_department d on d.id = c.department_id "
        "where c.state = %(state)s and d.code = %(code)s order by c.filed_at, c.id",
        {"state": state, "code": department},
    )
    return [row for (one,) in found if (row := load(one)) is not None]


def _examine(row: CaseRow, at: datetime) -> None:
    lead = actor_named("reviewer.water")
    asked = (("forestry", 3), ("industry", 8))
    known = dict(Department.objects.filter(code__in=[code for code, _ in asked]).values_list("code", "pk"))
    questions = [
        Question(
            known[code],
            "请就申请事项是否影响你部门管理的项目答复意见（示例）。",
            days,
            tuple(c for c, _, _ in guide_materials(row)),
        )
        for code, days in asked
        if code in known
    ]
    made = opinions.ask_opinions(row.id, questions, by=lead, at=at, key=f"{KEY}ask")
    opinions.answer_opinion(
        made[0].pk, Stance.CONDITIONAL, "原则同意；施工期间请避让林地并及时恢复植被（示例）。", seen=1,
        by=actor_named("reviewer.forestry"), at=at, key=f"{KEY}answer",
    )  # fmt: skip
    form = DrawForm(FIELDS[0], 3, 2, "请评审水资源论证报告的取水合理性（示例）。", 10)
    review = experts.draw_experts(row.id, form, by=lead, at=at, key=f"{KEY}draw")
    seat = review.seats.filter(state=SeatState.DRAWN).order_by("position")[0]
    heard = Heard(Verdict.REVISE, 82, "论证基本充分，建议补充枯水年情景（示例）。")
    experts_heard.hear_expert(seat.pk, heard, seen=1, by=lead, at=at, key=f"{KEY}hear")
    officers: list[UUID] = [one.id for one in colleagues(row.department_id, Capability.CASE_CONSULT)][:2]
    plan = PlanForm(
        local_day(at) + timedelta(days=1), "示例市示例河右岸取水口", tuple(officers),
        ("取水口位置与申请一致", "计量设施已安装", "周边没有未申报的取水口"),
    )  # fmt: skip
    surveys.plan_survey(row.id, plan, by=lead, at=at, key=f"{KEY}survey")


def _received() -> list[CaseRow]:
    """One case at the door whose item lets materials follow."""
    found = sql.rows("select c.id from cases_case c where c.state = 'received' order by c.filed_at, c.id")
    rows = (load(one) for (one,) in found)
    return [row for row in rows if row is not None and may_follow(row)][:1]


def _accept(row: CaseRow, at: datetime) -> bool:
    promises = [Promise(code, calendar().add(local_day(at), 10)) for code, _ in may_follow(row)]
    pending.accept_pending(row.id, promises, by=actor_named("clerk"), at=at, key=f"{KEY}accept")
    return True
