"""People, experts and cases for reviewers' work, brought to any state by the real commands."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yichuang.cases.commands import experts, experts_heard, opinions, pending, surveys
from yichuang.cases.commands.experts import DrawForm
from yichuang.cases.commands.experts_heard import Heard
from yichuang.cases.commands.opinions import Question
from yichuang.cases.commands.pending import Promise
from yichuang.cases.commands.surveys import PlanForm, RecordForm
from yichuang.cases.flow.reviewers import OpinionState, ReviewState, SeatState, Stance, SurveyState, Verdict
from yichuang.cases.models import ExpertReview, Opinion, Pending, ReviewSeat, Survey
from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as make
from yichuang.catalogue.models import GuideVersion
from yichuang.directory.commands import ExpertForm, save_expert
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Expert
from yichuang.directory.tests import factories as people
from yichuang.kernel.actor import Actor

AT = make.AT
FIELD = "水文水资源"
LEAD = [*people.REVIEWER, Capability.CASE_CONSULT, Capability.CASE_SUPPLY]
MATERIALS = [
    {"code": "application", "name": "申请书", "required": "必要"},
    {"code": "report", "name": "论证报告", "required": "容缺"},
    {"code": "consent", "name": "第三者承诺书", "required": "必要"},
]


def lead(username: str = "lead", where: Department | None = None) -> Actor:
    """Leads the examination: asks others, arranges reviews and surveys."""
    return people.staff(username, people.post(where or people.department(), "承办岗", LEAD))


def commerce() -> Department:
    """A department that is asked."""
    return people.department("示例商务厅", "981", "")


def ecology() -> Department:
    """Another department that is asked."""
    return people.department("示例生态环境厅", "982", "")


def opiner(username: str = "opiner", where: Department | None = None) -> Actor:
    """Answers for a department; may do nothing else."""
    return people.staff(username, people.post(where or commerce(), "会办岗", [Capability.CASE_OPINE]))


def window(username: str = "window") -> Actor:
    """Accepts at the one-stop window, and takes what follows."""
    office = people.department("政务一窗受理协调处", "901", "川政务")
    held = [*people.CLERK, Capability.CASE_SUPPLY]
    return people.staff(username, people.post(office, "容缺受理岗", held, everywhere=True))


def manager(username: str = "manager") -> Actor:
    """Keeps the pool of experts."""
    office = people.department("政务一窗受理协调处", "901", "川政务")
    return people.staff(
        username, people.post(office, "专家库岗", [Capability.EXPERT_MANAGE], everywhere=True)
    )


def asked(
    row: CaseRow | None = None, *, by: Actor | None = None, at: datetime = AT, days: int = 5, where: Department | None = None
) -> Opinion:  # fmt: skip
    """A question to the department of commerce."""
    row = row or make.in_review()
    question = Question((where or commerce()).pk, "取水是否影响下游商贸园区用水？", days, ("report",))
    return opinions.ask_opinions(row.id, [question], by=by or lead(), at=at, key=make.key())[0]


def answered(stance: Stance = Stance.AGREE, row: CaseRow | None = None) -> Opinion:
    """An answered question."""
    made = asked(row)
    return opinions.answer_opinion(
        made.id, stance, "经研究，意见如下。", seen=made.edit, by=opiner(), at=AT + timedelta(days=1), key=make.key()
    )  # fmt: skip


def opinion_in(state: OpinionState) -> Opinion:
    """A question in any state."""
    if state == OpinionState.ANSWERED:
        return answered()
    made = asked()
    if state == OpinionState.SILENT:
        opinions.note_silence(made.id, at=AT + timedelta(days=20))
    if state == OpinionState.WITHDRAWN:
        opinions.withdraw_opinion(made.id, "已另行了解", seen=1, by=lead(), at=AT, key=make.key())
    return Opinion.objects.get(pk=made.pk)


def expert(
    number: int, *, unit: str = "", fields: tuple[str, ...] = (FIELD,), active: bool = True, code: str = ""
) -> Expert:
    """Somebody of the pool."""
    form = ExpertForm(
        f"专家{number:03d}（示例）", fields, unit or f"示例研究院{number:03d}所", "高级工程师", code, is_active=active
    )  # fmt: skip
    return save_expert(form, by=manager(), at=AT, key=f"expert{number:04d}{unit}")


def pool(count: int = 8) -> list[Expert]:
    """A pool of so many."""
    return [expert(number) for number in range(count)]


def draw_form(**changes: Any) -> DrawForm:
    """What is asked of a draw."""
    usual: dict[str, Any] = {
        "field": FIELD,
        "wanted": 3,
        "reserve": 2,
        "question": "评审水资源论证报告。",
        "days": 10,
    }
    return DrawForm(**(usual | changes))


def drawn(row: CaseRow | None = None, **changes: Any) -> ExpertReview:
    """A review with its draw from a pool of eight."""
    pool()
    row = row or make.in_review()
    return experts.draw_experts(row.id, draw_form(**changes), by=lead(), at=AT, key=make.key())


def seats(review: ExpertReview, state: SeatState = SeatState.DRAWN) -> list[ReviewSeat]:
    """The seats of a review in a state."""
    return list(review.seats.filter(state=state).order_by("position"))


def hear(seat: ReviewSeat, verdict: Verdict = Verdict.PASSED, key: str = "") -> ReviewSeat:
    """Enter one expert's opinion."""
    seen = ExpertReview.objects.get(pk=seat.review_id).edit
    heard = Heard(verdict, 85, "论证充分。")
    return experts_heard.hear_expert(seat.pk, heard, seen=seen, by=lead(), at=AT, key=key or make.key())


def review_in(state: ReviewState) -> ExpertReview:
    """A review in any state."""
    made = drawn()
    if state == ReviewState.CANCELLED:
        experts_heard.cancel_review(made.pk, "申请人撤换方案", seen=1, by=lead(), at=AT, key=make.key())
    if state == ReviewState.CLOSED:
        for seat in seats(made):
            hear(seat)
        experts_heard.close_review(
            made.pk, Verdict.PASSED, "同意通过。", seen=4, by=lead(), at=AT, key=make.key()
        )
    return ExpertReview.objects.get(pk=made.pk)  # fmt: skip


def officers() -> list[Actor]:
    """Two officers of the water department."""
    return [lead("officer1"), lead("officer2")]


def plan_form(**changes: Any) -> PlanForm:
    """A plan of a survey by two officers."""
    usual: dict[str, Any] = {
        "planned_on": AT.date() + timedelta(days=1),
        "place": "示例市示例河右岸取水口",
        "officers": tuple(one.id for one in officers()),
        "points": ("取水口位置与申请一致", "计量设施已安装"),
    }
    return PlanForm(**(usual | changes))


def planned(row: CaseRow | None = None) -> Survey:
    """A planned survey."""
    row = row or make.in_review()
    return surveys.plan_survey(row.id, plan_form(), by=lead(), at=AT, key=make.key())


def record_form(**changes: Any) -> RecordForm:
    """A complete record."""
    usual: dict[str, Any] = {
        "visited_on": AT.date() + timedelta(days=1),
        "findings": {0: (True, ""), 1: (False, "计量设施未安装")},
        "conform": False,
        "conclusion": "计量设施未安装，须整改。",
    }
    return RecordForm(**(usual | changes))


def recorded(row: CaseRow | None = None) -> Survey:
    """A survey whose record waits for confirmation."""
    made = planned(row)
    at = AT + timedelta(days=1)
    return surveys.record_survey(made.pk, record_form(), seen=1, by=officers()[0], at=at, key=make.key())


def survey_in(state: SurveyState) -> Survey:
    """A survey in any state."""
    if state in (SurveyState.RECORDED, SurveyState.CLOSED):
        made = recorded()
        for number, officer in enumerate(officers() if state == SurveyState.CLOSED else []):
            at = AT + timedelta(days=1)
            surveys.confirm_survey(made.pk, seen=2 + number, by=officer, at=at, key=make.key())
        return Survey.objects.get(pk=made.pk)
    made = planned()
    if state == SurveyState.CANCELLED:
        surveys.cancel_survey(made.pk, "改期", seen=1, by=lead(), at=AT, key=make.key())
    return Survey.objects.get(pk=made.pk)


def guide(**handling: Any) -> UUID:
    """A guide whose report (容缺) and consent (named in its handling) may follow."""
    made = make.handled(**({"may_follow": ["consent"]} | handling))
    elements = GuideVersion.objects.get(pk=made).elements | {"materials": MATERIALS}
    GuideVersion.objects.filter(pk=made).update(elements=elements)
    return made


def promised(*codes: str, on: date | None = None) -> list[Promise]:
    """Promises for some materials."""
    return [Promise(code, on or AT.date() + timedelta(days=8)) for code in codes or ("report",)]


def pending_case(*codes: str, on: date | None = None) -> CaseRow:
    """A case accepted with materials to follow."""
    row = make.filed(version=guide())
    pending.accept_pending(row.id, promised(*codes, on=on), by=window(), at=AT, key=make.key())
    return make.fresh(row.id)


def first_pending(row: CaseRow) -> Pending:
    """The first material that is to follow."""
    return Pending.objects.filter(case_id=row.id).order_by("code")[0]
