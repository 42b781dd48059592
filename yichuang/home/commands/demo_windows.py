"""The demo's windows: plainly fictional, made by the real commands."""

from datetime import date, datetime, timedelta

from django.db import transaction

from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_named
from yichuang.halls.commands.acts import NewAct, accept_elsewhere, cancel_act, consult, enter
from yichuang.halls.commands.acts_given import IssueForm, hand_over, issue, receive
from yichuang.halls.commands.windows import WindowForm, assign_staff, save_window
from yichuang.halls.flow.windows import ActKind, WindowKind
from yichuang.halls.models import Window
from yichuang.halls.rules.windows import week_of
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day

DEPARTMENTAL = (("B01", "water"), ("B02", "industry"), ("B03", "commerce"))
LEDGER = "综窗纸质台账（示例）"
# Pieces entered for each working day of the last week: consulted, accepted, handed over, issued.
WEEK = ((34, 9, 61, 22), (41, 11, 74, 31), (29, 8, 58, 18), (38, 10, 66, 27), (33, 7, 52, 24))
BEFORE = (1_620, 412, 3_180, 1_240)
KINDS = (ActKind.CONSULTED, ActKind.ACCEPTED, ActKind.HANDED_OVER, ActKind.ISSUED)


@transaction.atomic
def load_windows(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Window.objects.exists():
        return ""
    by, clerk = actor_named("coordinator"), actor_named("clerk")
    departments = {one.code: one for one in Department.objects.filter(region_id="510000000000")}
    made = _windows(departments, by, at)
    _staff(made[0], by, at)
    entered = _ledger(made[0], departments, clerk, at)
    _singly(departments, clerk, at)
    return f"综窗：窗口 {len(made)} 个，补录 {entered} 笔 / windows"


def _windows(departments: dict[str, Department], by: Actor, at: datetime) -> list[Window]:
    general = [WindowForm(f"A0{n}", "综合窗口", place="一楼综合服务区") for n in (1, 2, 3)]
    own = [
        WindowForm(
            code, f"{departments[name].short_name}窗口", WindowKind.DEPARTMENT, departments[name].pk,
            "二楼部门窗口区", "028-00000000",
        )
        for code, name in DEPARTMENTAL
        if name in departments
    ]  # fmt: skip
    return [save_window(form, by=by, at=at, key=f"demowindow{form.code}") for form in [*general, *own]]


def _staff(first: Window, by: Actor, at: datetime) -> None:
    """The clerk has sat at the first window since before the demo's month of work."""
    account = Account.objects.get(username="clerk")
    assign_staff(first.pk, account.pk, local_day(at) - timedelta(days=120), by=by, at=at, key="demostaffing")


def _ledger(window: Window, departments: dict[str, Department], by: Actor, at: datetime) -> int:
    """The last full week by day, and what came before it in the year as one line each."""
    monday = week_of(local_day(at)).first - timedelta(days=7)
    water, industry = departments["water"], departments["industry"]
    rows: list[tuple[date, tuple[int, ...], Department]] = [
        (monday + timedelta(days=n), figures, water if n % 2 else industry) for n, figures in enumerate(WEEK)
    ]
    before = monday - timedelta(days=3)
    if before.year == local_day(at).year:
        rows.append((before, BEFORE, water))
    for day, figures, department in rows:
        for kind, quantity in zip(KINDS, figures, strict=True):
            way = "present" if kind is ActKind.CONSULTED else ""
            new = NewAct(
                kind, department.pk, quantity=quantity, window_id=window.pk, day=day, source=LEDGER, way=way
            )
            enter(new, by=by, at=at, key=f"demoledger{day:%Y%m%d}{kind.value}")
    return len(rows) * len(KINDS)


def _singly(departments: dict[str, Department], by: Actor, at: datetime) -> None:
    """One of each of today, with its words, numbers and receipts; one cancelled."""
    water = departments["water"].pk
    asked = NewAct(
        ActKind.CONSULTED, water, way="phone", minutes=6, topic="取水许可证快到期了，延续要提前多久申请？",
        answer="有效期届满四十五日前提出，可在网上办理，也可以到综窗。",
    )  # fmt: skip
    consult(asked, by=by, at=at, key="democonsultation")
    twice = consult(
        NewAct(ActKind.CONSULTED, water, way="present", topic="同上", answer="同上"),
        by=by,
        at=at,
        key="demotwice",
    )
    cancel_act(twice.pk, "重复登记（示例）", by=by, at=at)
    elsewhere = NewAct(
        ActKind.ACCEPTED, water, numbers=("SL-2026-0001（示例）",), source="部门审批系统（示例）"
    )
    accept_elsewhere(elsewhere, by=by, at=at, key="demoaccepted")
    for number, key in (("SL-2026-0002（示例）", "demohandover1"), ("SL-2026-0003（示例）", "demohandover2")):
        new = NewAct(ActKind.HANDED_OVER, water, numbers=(number,), topic="申请材料原件一份")
        sheet = hand_over(new, by=by, at=at, key=key)
        if key.endswith("1"):
            receive(sheet.pk, by=actor_named("reviewer.water"), at=at)
    mailed = IssueForm("取水许可证", "示例科技有限公司", method="mailed", tracking="示例快递 0000000001")
    given = NewAct(ActKind.ISSUED, water, numbers=("SL-2026-0004（示例）",))
    issue(given, mailed, by=by, at=at, key="demoissued")
