"""Lives of cases that a month of dice would rarely throw: each of them once, by the commands that a person would have used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.commands import opinions, pending, surveys
from yichuang.cases.commands.deemed import accept_silent, grant_lapsed, note_overruns
from yichuang.cases.commands.opinions import Question
from yichuang.cases.commands.pending import Promise
from yichuang.cases.commands.surveys import NewPhoto, PlanForm, RecordForm
from yichuang.cases.flow import Channel, Outcome, WorkKind
from yichuang.cases.flow.reviewers import Stance
from yichuang.catalogue.queries import filing_guide
from yichuang.directory.commands import StandInForm, arrange_stand_in
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant, Department, StandIn
from yichuang.directory.queries import actor_named, actor_of
from yichuang.home.commands.demo_filing import Filled, file_case
from yichuang.home.commands.demo_people import company_code
from yichuang.intake.commands import NewFile, add_material, begin_correction, save_section, send_correction
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.workdays.queries import calendar

WATER, SOIL, FLOOD = (
    "510000-demo-water-taking",
    "510000-demo-soil-water-plan",
    "510000-demo-flood-impact",
)
RENEWAL = "511A0022300006-510000000000-000-699166855-1-00"
OPENING = time(9, 0)
NO_CASE = UUID(int=0)


@dataclass
class Scene:
    """One life as it goes on: the case, and what its keys are called."""

    name: str
    until: datetime
    file: NewFile
    photos: Sequence[NewPhoto]
    case_id: UUID = NO_CASE
    steps: int = 0

    def day(self, before: int) -> date:
        """The working day so many before today: the last full one is 1."""
        found = local_day(self.until)
        for _ in range(before):
            found = _workday_before(found)
        return found

    def at(self, before: int) -> datetime:
        """A moment in the morning of that day, each step a little later than the one before."""
        self.steps += 1
        return datetime.combine(self.day(before), OPENING, SHANGHAI) + timedelta(minutes=7 * self.steps)

    def key(self) -> str:
        """A client key, the same at every loading."""
        self.steps += 1
        return f"demolives{self.name}{self.steps:02d}"

    def act(self, username: str, before: int) -> Actor:
        """Somebody of the demo as of that day: with what an absent colleague has handed on."""
        return actor_of(Account.objects.get(username=username).pk, on=self.day(before))

    def file_at(
        self, item_code: str, before: int, company: int, answers: Mapping[str, object] | None = None,
        without: Sequence[str] = (), *, online: bool = False,
    ) -> None:  # fmt: skip
        """File for one of the companies, at the window or in its own browser."""
        guide = filing_guide(item_code)
        applicant = Applicant.objects.get(paper_number=company_code(company))
        channel = Channel.ONLINE if online else Channel.WINDOW
        username = ("company" if company == 1 else f"company.{company}") if online else "clerk"
        filled = Filled(guide, applicant.pk, channel, answers or {}, without)
        by, at = actor_named(username), self.at(before)
        self.case_id = file_case(filled, self.file, by=by, at=at, keys=(self.key(), self.key()))

    def accept(self, before: int) -> None:
        """Accept at the window."""
        cases.accept(self.case_id, by=actor_named("clerk"), at=self.at(before), key=self.key())


@transaction.atomic
def load_lives(*, file: NewFile, photos: Sequence[NewPhoto], at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if StandIn.objects.exists():
        return ""
    for number, live in enumerate(LIVES.values(), start=1):
        live(Scene(f"{number:02d}", at, file, photos))
    return f"另有 {len(LIVES)} 种办理情形各 1 件：" + "、".join(LIVES)


def _pending(scene: Scene) -> None:
    """容缺受理: one material is overdue, one still has time."""
    scene.file_at(WATER, 16, 3, without=("project_record", "power_of_attorney"))
    promises = [Promise("project_record", scene.day(4)), Promise("power_of_attorney", _after(scene, 5))]
    by = actor_named("clerk")
    pending.accept_pending(scene.case_id, promises, by=by, at=scene.at(15), key=scene.key())


def _silence(scene: Scene) -> None:
    """Nobody answered within five working days: the law has accepted it from the day of receipt (art. 32)."""
    scene.file_at(SOIL, 9, 1, online=True)
    accept_silent(scene.at(3))


def _renewal(scene: Scene) -> None:
    """Asked for in time, undecided when the licence ran out: granted (art. 50)."""
    scene.file_at(RENEWAL, 48, 4, {"licence_until": scene.day(3).isoformat()}, online=True)
    scene.accept(46)
    by = actor_named("reviewer.industry")
    at, key = scene.at(40), scene.key()
    cases.pause(scene.case_id, ground="testing", expected_days=15, note="电磁环境检测", by=by, at=at, key=key)
    cases.resume(scene.case_id, result="检测合格", by=by, at=scene.at(26), key=scene.key())
    grant_lapsed(scene.at(2))


def _levels(scene: Scene) -> None:
    """初审 → 复审, sent back once; the second time the stand-in of an absent colleague agrees, and both names stand there."""
    scene.file_at(WATER, 12, 5)
    scene.accept(11)
    first, second = actor_named("reviewer.water"), actor_named("second.water")
    _propose(scene, first, 9, "取水量合理，建议准予")
    reason = "第三者说明没有写下游示例灌区的意见，请核实后重新提出意见（示例）"
    cases.send_back(
        scene.case_id, ground="material_doubtful", reason=reason, to=WorkKind.REVIEW, part="material:third_party_statement",
        by=second, at=scene.at(8), key=scene.key(),
    )  # fmt: skip
    _propose(scene, first, 6, "已核实：下游示例灌区没有异议，建议准予")
    _stand_in(scene)
    by = scene.act("countersign.water", 4)
    at, key = scene.at(4), scene.key()
    cases.endorse(scene.case_id, opinion="复核属实，同意初审意见", by=by, at=at, key=key)


def _stand_in(scene: Scene) -> None:
    who = dict(
        Account.objects.filter(username__in=["second.water", "countersign.water"]).values_list(
            "username", "pk"
        )
    )
    form = StandInForm(
        who["second.water"], who["countersign.water"], scene.day(5), _after(scene, 2), (str(Capability.CASE_ENDORSE),),
        "年休假（示例）",
    )  # fmt: skip
    arrange_stand_in(form, key=scene.key(), by=actor_named("admin"), at=scene.at(5))


def _propose(scene: Scene, by: Actor, before: int, opinion: str) -> None:
    """The first level's opinion."""
    at, key = scene.at(before), scene.key()
    cases.propose(scene.case_id, outcome=Outcome.GRANTED, opinion=opinion, by=by, at=at, key=key)


def _opinions(scene: Scene) -> None:
    """One department answered, the other let its day pass; meanwhile two officers looked at the place."""
    dump = {"has_dump": "yes", "dump_place": "示例镇示例沟，容量12万立方米，等级4级。"}
    scene.file_at(SOIL, 9, 6, dump)
    scene.accept(9)
    by = actor_named("reviewer.water")
    known = dict(Department.objects.filter(code__in=["forestry", "ecology"]).values_list("code", "pk"))
    words = "请就弃渣场选址是否影响你部门管理的区域答复意见（示例）。"
    questions = [Question(known[code], words, 4, ("plan_report",)) for code in ("forestry", "ecology")]
    asked = opinions.ask_opinions(scene.case_id, questions, by=by, at=scene.at(8), key=scene.key())
    opinions.answer_opinion(
        asked[0].pk, Stance.AGREE, "弃渣场不在林地范围内，同意（示例）。", seen=1, by=actor_named("reviewer.forestry"),
        at=scene.at(7), key=scene.key(),
    )  # fmt: skip
    opinions.note_silence(asked[1].pk, at=scene.at(3))
    _survey(scene)


def _survey(scene: Scene) -> None:
    officers = [actor_named("reviewer.water"), actor_named("head.water")]
    points = ("弃渣场位置与方案一致", "表土剥离和堆放符合方案", "截排水沟已经修建")
    plan = PlanForm(
        scene.day(4), "示例县示例镇示例沟弃渣场", tuple(one.id for one in officers if one.id), points
    )
    at, key = scene.at(6), scene.key()
    made = surveys.plan_survey(scene.case_id, plan, by=officers[0], at=at, key=key)
    findings = {0: (True, ""), 1: (True, "表土集中堆放，已覆盖"), 2: (False, "下游侧截水沟尚缺约 30 米")}
    record = RecordForm(
        scene.day(4), findings, False, "位置和堆放符合方案；截水沟未建完，须在弃渣前补建（示例）。", tuple(scene.photos)
    )  # fmt: skip
    made = surveys.record_survey(
        made.pk, record, seen=made.edit, by=officers[0], at=scene.at(4), key=scene.key()
    )
    for officer in officers:
        at, key = scene.at(4), scene.key()
        made = surveys.confirm_survey(made.pk, seen=made.edit, by=officer, at=at, key=key)


def _overrun(scene: Scene) -> None:
    """A special procedure that has outlasted the time told in writing."""
    scene.file_at(FLOOD, 20, 7)
    scene.accept(19)
    by, at, key = actor_named("reviewer.water"), scene.at(15), scene.key()
    cases.pause(
        scene.case_id, ground="expert_review", expected_days=5, note="专家评审（示例）", by=by, at=at, key=key
    )
    note_overruns(scene.at(9))


def _extension(scene: Scene) -> None:
    """Ten more working days, approved by the head with the reason told."""
    scene.file_at(SOIL, 19, 8)
    scene.accept(18)
    reason = "弃渣场位置调整，需要重新核算防治责任范围（示例）"
    by, at, key = actor_named("head.water"), scene.at(3), scene.key()
    cases.extend(scene.case_id, days=10, reason=reason, by=by, at=at, key=key)


def _correction(scene: Scene) -> None:
    """Itemised: a field and a material; mended in place, so that the window sees what has changed."""
    scene.file_at(SOIL, 8, 1, {"area": "32.60"}, online=True)
    lines = [
        {"material": "水土保持方案报告书", "problem": "缺少弃渣场稳定性分析", "requirement": "补充稳定性分析一章，重新上传整本报告书", "sample": "见报告书编制提纲第七章", "target": "material:plan_report"},
        {"material": "占地面积", "problem": "与立项批复不一致", "requirement": "按立项批复填写，单位为公顷", "sample": "34.20", "target": "field:area"},
    ]  # fmt: skip
    by, at, key = actor_named("clerk"), scene.at(6), scene.key()
    cases.ask_correction(scene.case_id, lines=lines, respond_by=_after(scene, 5), by=by, at=at, key=key)
    owner, at = actor_named("company"), scene.at(2)
    draft = begin_correction(scene.case_id, by=owner, at=at)
    answers = {**draft.answers, "area": "34.20"}
    save_section(draft.pk, ALL_SECTIONS, answers, draft.edit, by=owner, at=at, tab="demo")
    mended = NewFile(
        "水土保持方案报告书（补正后，示例）.pdf", scene.file.kind, scene.file.size, scene.file.sha256
    )
    add_material(draft.pk, "plan_report", mended, by=owner, at=at, key="mended")
    send_correction(draft.pk, note="已补充第七章，占地面积已按批复更正", key=scene.key(), by=owner, at=at)


def _workday_before(day: date) -> date:
    day -= timedelta(days=1)
    while not calendar().is_workday(day):
        day -= timedelta(days=1)
    return day


def _after(scene: Scene, days: int) -> date:
    return calendar().add(local_day(scene.until), days)


LIVES: dict[str, Callable[[Scene], None]] = {
    "容缺材料逾期": _pending,
    "视为受理": _silence,
    "视为准予延续": _renewal,
    "退回重审和请假代理": _levels,
    "意见逾期和现场核查": _opinions,
    "特别程序超时": _overrun,
    "批准延期": _extension,
    "逐项补正": _correction,
}
