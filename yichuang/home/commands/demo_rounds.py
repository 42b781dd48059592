"""The demo's rounds of inspection and duty visits: plainly fictional, made by the real commands."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.directory.models import Department
from yichuang.directory.queries import actor_named
from yichuang.halls.commands import duty, duty_requirements, findings, rounds
from yichuang.halls.commands.duty import NewVisit, PlanForm
from yichuang.halls.commands.duty_requirements import NewRequirement
from yichuang.halls.commands.findings import FindingForm, StepForm
from yichuang.halls.flow.duty import RequirementAction
from yichuang.halls.flow.findings import FindingAction
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import DutyVisit, Finding, HallRound, InspectionTerm
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI, local_day

KEY = "demoround"
# Days before this Monday, kind, what was found: (heading, category, department, window, words, steps).
ROUNDS = (
    (7, "daily", ()),
    (
        6,
        "daily",
        (
            ("attendance", "vacant", "water", "B01", "9点10分无人在岗，台面无暂停服务提示。", "all"),
            ("work_area", "environment", "industry", "B02", "台面堆放个人物品。", "notify"),
        ),
    ),
    (5, "special", (("badge", "badge", "water", "B01", "一名工作人员未佩戴工作牌。", "notify"),)),
    (4, "daily", ()),
    (3, "leader", ()),
    (42, "daily", (("order", "discipline", "industry", "B02", "上班时间观看与工作无关的视频。", "all"),)),
)
VISITS = (
    (5, "water", "张示例", "副厅长", 3, 12, "在窗口接待办事企业，查看了近期办件情况", "压缩取水许可补正次数，逐件说明补正理由"),
    (4, "industry", "李示范", "党组成员", 0, 6, "调研电台设置许可办理情况", "向综窗派驻业务骨干"),
    (60, "water", "王样例", "一级巡视员", 1, 4, "看望慰问窗口工作人员", "完善窗口考勤制度"),
)  # fmt: skip
PLANS = (("water", 4, "厅长、分管副厅长"), ("industry", 2, "分管副厅长"), ("education", 2, "分管副厅长"))


@transaction.atomic
def load_rounds(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if HallRound.objects.exists() or DutyVisit.objects.exists():
        return ""
    monday = local_day(at) - timedelta(days=local_day(at).weekday())
    departments = dict(Department.objects.filter(region_id="510000000000").values_list("code", "pk"))
    terms = {(each.register, each.code): each.pk for each in InspectionTerm.objects.all()}
    inspector = actor_named("inspector")
    for days, kind, found in ROUNDS:
        begun = _at(monday - timedelta(days=days), 9)
        made = rounds.start_round(
            terms[(Register.KIND, kind)], by=inspector, at=begun, key=f"{KEY}{days:02d}"
        )
        for place, row in enumerate(found):
            _find(made.pk, row, departments, terms, begun + timedelta(minutes=5 + place))
        headings = {code for register, code in terms if register == Register.HEADING}
        good = sorted(headings - {row[0] for row in found})
        rounds.finish_round(
            made.pk,
            good,
            ["A01", "B01", "B02"],
            "",
            by=inspector,
            at=begun + timedelta(minutes=25),
        )
    _duty(monday, departments)
    return f"大厅巡查 {len(ROUNDS)} 次、问题 {Finding.objects.count()} 起，厅（局）长进大厅 {len(VISITS)} 次"


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def _find(
    round_id: UUID, row: tuple[str, str, str, str, str, str], departments: dict[str, UUID],
    terms: dict[tuple[str, str], UUID], at: datetime,
) -> None:  # fmt: skip
    heading, category, department, window, words, steps = row
    inspector, office = actor_named("inspector"), actor_named(f"head.{department}")
    form = FindingForm(
        terms[(Register.HEADING, heading)], terms[(Register.CATEGORY, category)], departments[department],
        window, words, "窗口负责人", 3,
    )  # fmt: skip
    made = findings.record_finding(round_id, form, by=inspector, at=at, key=f"{KEY}{at:%Y%m%d%H%M}")
    way: list[tuple[FindingAction, Actor, str]] = [(FindingAction.NOTIFY, inspector, "")]
    if steps == "all":
        way.append((FindingAction.RECTIFY, office, "已对当事人提醒谈话，安排专人补位。"))
        way.append((FindingAction.APPROVE, inspector, ""))
    for place, (action, by, said) in enumerate(way, start=1):
        made = findings.step_finding(
            made.pk, action, StepForm(said), seen=made.seq, by=by, at=at + timedelta(hours=place)
        )


def _duty(monday: date, departments: dict[str, UUID]) -> None:
    inspector = actor_named("inspector")
    for code, count, who in PLANS:
        if code in departments:
            plan = PlanForm(monday.year, departments[code], count, who, "每季度一次")
            duty.save_plan(plan, seen=0, by=inspector, at=_at(monday - timedelta(days=70), 10))
    for days, code, person, post, certificates, consultations, note, asked in VISITS:
        day = monday - timedelta(days=days)
        moment = _at(day, 16)
        new = NewVisit(
            departments[code],
            person,
            post,
            "B01",
            day,
            certificates=certificates,
            consultations=consultations,
            note=note,
        )
        visit = duty.record_visit(new, by=inspector, at=moment, key=f"{KEY}visit{days:02d}")
        need = NewRequirement(asked, day + timedelta(days=30), None, "窗口负责人")
        made = duty_requirements.lay_down(visit.pk, need, by=inspector, at=moment, key=f"{KEY}need{days:02d}")
        if days > 30:
            duty_requirements.step_requirement(
                made.pk, RequirementAction.PROGRESS, "已拟定考勤办法，正在征求意见。", seen=made.seq,
                by=actor_named(f"head.{code}"), at=moment + timedelta(days=9),
            )  # fmt: skip
