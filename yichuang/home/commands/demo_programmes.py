"""The demo's programmes: plainly fictional, made by the real commands."""

from datetime import date, datetime, time, timedelta

from django.db import transaction

from yichuang.catalogue.models import Item
from yichuang.directory.models import Applicant, Department
from yichuang.directory.queries import actor_named
from yichuang.home.commands.demo_report import last_full_week
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.programmes.commands.campaigns import CampaignForm, open_campaign
from yichuang.programmes.commands.events import EventForm, record_event
from yichuang.programmes.commands.filers import FilerForm, add_filer, report_by_hand
from yichuang.programmes.commands.tasks import (
    StepForm,
    TaskForm,
    TaskListForm,
    act_on_task,
    add_task,
    make_task_list,
    remind_task,
)
from yichuang.programmes.flow.tasks import TaskAction
from yichuang.programmes.models import Event, Task
from yichuang.workdays.queries import calendar

DAY = timedelta(days=1)
# Days from the Monday of the last full week, user, kind, title, result, figures, texts.
Told = tuple[int, str, str, str, str, dict[str, str], dict[str, str]]
EVENTS: tuple[Told, ...] = (
    (1, "head.water", "coaching", "组织取水许可申报辅导", "企业当场补齐了水资源论证材料", {"enterprises": "12"}, {"named": "样板水务有限公司\n虚构建设集团有限公司"}),
    (-20, "contributor.water", "coaching", "到示范园区开展取水许可集中辅导", "", {"enterprises": "23"}, {"measures": "逐项讲解申请表\n现场核对计量方案"}),
    (-48, "contributor.water", "coaching", "开展取水计量网上申报辅导", "", {"enterprises": "17"}, {}),
    (2, "contributor.water", "training", "组织全省涉水审批业务培训视频会", "", {"participants": "6000余", "departments": "6"}, {"hosts": "水利厅行政审批处"}),
    (0, "contributor.water", "moving_in", "行政审批处正式入驻省政务服务中心", "", {"people": "8", "items": "31"}, {"measures": "确定入驻人员\n落实办公场地"}),
    (3, "head.radio_tv", "guidance", "窗口到范例传媒有限公司上门服务", "就境外电视节目接收许可的材料逐项提出建议", {"enterprises": "1"}, {"named": "范例传媒有限公司"}),
    (3, "head.ecology", "publication", "印发危险废物定向利用试点实施方案", "", {}, {"document": "危险废物“点对点”定向利用试点实施方案（示例）", "number": "示例环办〔2026〕2号"}),
    (2, "coordinator", "coordination", "会同经济和信息化厅召集广电和通信企业召开电台补申报专题会议", "明确了补申报的要求、时限和受办方式", {"departments": "4"}, {"agenda": "补申报工作要求\n受办方式和流程"}),
    (4, "coordinator", "competition", "举办政务服务技能大赛总决赛", "", {"teams": "21", "contestants": "105"}, {"places": "一等奖：甲市代表队、乙市代表队、丙市代表队"}),
    (1, "supervisor", "study_visit", "到外省调研政务服务增值化改革", "梳理可借鉴做法9条", {}, {"led_by": "中心主要负责人", "visited": "示范省政务服务中心\n样板市市民中心"}),
    (4, "head.market", "archive", "完成行政许可案卷整理和电子扫描验收", "", {"handled": "2138"}, {}),
    (3, "head.emergency", "meeting", "召开“一件事一次办”视频会议", "形成事项清单", {"cities": "21", "items": "14"}, {"agenda": "梳理事项\n归并材料"}),
)  # fmt: skip
# Words, office, measure, days until due (from today), what is done to it.
TASKS: tuple[tuple[str, str, str, int, str], ...] = (
    ("取水许可审批时限再压减三分之一", "行政审批处", "合并专家评审和现场核查", 40, "report:60"),
    ("水库工程涉水审批“一件事”上线运行", "行政审批处", "一次告知、一次申请、一次出件", 3, "report:40"),
    ("取水计量设施在线接入", "水资源处", "规模以上取水户全部接入", -6, "report:70"),
    ("河道采砂许可电子证照全覆盖", "河湖处", "存量证照完成换发", -12, "close"),
    ("水土保持方案承诺制扩大到全部开发区", "水保处", "印发实施细则", 90, ""),
)
FILERS = (
    ("广电企业", "约20000", (7,), (3000, 6200, 9800, 13000)),
    ("通信运营企业甲", "约100000", (4,), (18000, 43000, 66000, 91000)),
    ("通信运营企业乙", "约100000", (8,), (9000, 20000, 33000, 45000)),
    ("通信运营企业丙", "约80000", (9,), (15000, 31000, 48000, 62000)),
)
DAYS_RUN = 28


@transaction.atomic
def load_programmes(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Event.objects.exists():
        return ""
    events, tasks = _events(at), _tasks(at)
    campaigns = _campaign(at)
    return f"部门工作：活动 {events} 条，重点任务 {tasks} 项，专项 {campaigns} 个 / programmes"


def _events(at: datetime) -> int:
    monday, _ = last_full_week(local_day(at))
    for place, (days, user, kind, title, result, figures, texts) in enumerate(EVENTS):
        on = monday + days * DAY
        form = EventForm(
            kind, title, on=on, result=result, figures=figures, texts=texts, source="部门报送（示例）"
        )
        record_event(form, by=actor_named(user), at=_moment(on, at), key=f"demoevent{place:024d}")
    return len(EVENTS)


def _moment(on: date, at: datetime) -> datetime:
    """Late in the afternoon of a day, never in the future."""
    return min(datetime.combine(on, time(16, 30), SHANGHAI), at)


def _tasks(at: datetime) -> int:
    today = local_day(at)
    begun = _moment(today - 60 * DAY, at)
    by, manager = actor_named("contributor.water"), actor_named("supervisor")
    form = TaskListForm(
        today.year, f"水利厅{today.year}年优化营商环境重点任务清单（示例）", f"示例水办〔{today.year}〕5号"
    )
    listed = make_task_list(form, by=by, at=begun, key="demotasklist0000000000000000")
    for place, (text, office, measure, due, what) in enumerate(TASKS):
        due_on = today + due * DAY
        stones = [("形成初稿", due_on - 20 * DAY), ("征求意见", due_on - 5 * DAY)]
        task = TaskForm(text, due_on, local_day(begun), measure, office, milestones=stones)
        made = add_task(listed, task, by=by, at=begun, key=f"demotask{place:020d}")
        _worked(Task.objects.get(pk=made), what, by, manager, at)
    return len(TASKS)


def _worked(task: Task, what: str, by: Actor, manager: Actor, at: datetime) -> None:
    kind, _, percent = what.partition(":")
    if not kind:
        return
    when = _moment(local_day(at) - 9 * DAY, at)
    report = StepForm(
        "已完成主要环节，正在征求意见。", percent=int(percent or 80), evidence="工作台账（示例）"
    )
    act_on_task(task.pk, TaskAction.REPORT, report, seen=1, by=by, at=when, key=f"{task.key}a")
    if kind == "close":
        claim = StepForm("存量证照全部完成换发。", evidence="电子证照库核对表（示例）")
        act_on_task(task.pk, TaskAction.CLAIM, claim, seen=2, by=by, at=when + DAY, key=f"{task.key}b")
        fine = StepForm("经核对属实。")
        act_on_task(
            task.pk, TaskAction.CONFIRM, fine, seen=3, by=manager, at=when + 2 * DAY, key=f"{task.key}c"
        )
    elif task.due_on < local_day(at):
        words = "已过完成时限，请本周内报送推进措施。"
        remind_task(task.pk, words, by=manager, at=at, key=f"{task.key}d")


def _campaign(at: datetime) -> int:
    today = local_day(at)
    starts_on, deadline = today - DAYS_RUN * DAY, today + 12 * DAY
    codes = list(
        Item.objects.filter(name__contains="无线电台", department__code="industry").values_list(
            "code", flat=True
        )
    )
    if not codes:
        return 0
    manager = actor_named("coordinator")
    form = CampaignForm(
        "无线电台（站）设置使用许可补申报", "专题会议明确的工作要求（示例）", "约30万", starts_on, deadline, codes, unit="个",
        words="广电和三家通信运营企业按各自存量补申报。",
        milestones=[(starts_on + 14 * DAY, 100_000), (starts_on + 28 * DAY, 220_000)],
    )  # fmt: skip
    begun = _moment(starts_on, at)
    campaign = open_campaign(form, by=manager, at=begun, key="democampaign00000000000000000")
    departments = {one.code: one.pk for one in Department.objects.filter(code__in=("industry", "radio_tv"))}
    papers = dict(Applicant.objects.filter(name__in=_names()).values_list("name", "paper_number"))
    for place, (name, target, companies, counts) in enumerate(FILERS):
        filer = FilerForm(
            name, target, [papers[_company(one)] for one in companies],
            department_id=departments["radio_tv" if "广电" in name else "industry"],
        )  # fmt: skip
        made = add_filer(campaign, filer, by=manager, at=begun)
        for week, count in enumerate(counts, start=1):
            on = min(calendar().next_workday(starts_on + 7 * week * DAY - 2 * DAY), today)
            report_by_hand(
                campaign, made, as_of=on, count=count, source=f"{name}报送表（示例）", by=manager, at=_moment(on, at),
                key=f"demohand{place}{week}00000000",
            )  # fmt: skip
    return 1


def _company(number: int) -> str:
    return {4: "演示通信有限公司", 7: "范例传媒有限公司", 8: "模拟检测有限公司", 9: "假想林业有限公司"}[
        number
    ]


def _names() -> list[str]:
    return [_company(one) for _, _, companies, _ in FILERS for one in companies]
