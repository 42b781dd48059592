"""A month of work in the demo province: every fact went through the command that a person would have used.

Deterministic: the same day of loading yields the same month. One transaction: all of it, or nothing.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel, Outcome, State
from yichuang.cases.queries import CaseRow, load
from yichuang.catalogue.queries import FilingGuide, filing_guide, most_used
from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.guide import materials_for
from yichuang.directory.models import Applicant
from yichuang.directory.queries import actor_named
from yichuang.intake.commands import (
    NewFile,
    add_material,
    begin_draft,
    file_draft,
    receive_papers,
    save_section,
)
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.statistics.commands import close_batch
from yichuang.workdays.queries import calendar

SEED = 51_2022
DAYS = 35
A_DAY = (5, 9)
OPENING, CLOSING = time(9, 0), time(17, 0)


@dataclass(frozen=True, slots=True)
class DemoWork:
    """What the month came to."""

    filed: int
    steps: int


@dataclass(order=True)
class Event:
    """Something that will be done at a moment; earlier ones first, then in the order in which they were planned."""

    at: datetime
    order: int
    do: Callable[[datetime], None] = field(compare=False)


@dataclass
class Province:
    """The simulation's own memory: its dice, its people, its plan."""

    until: datetime
    file: NewFile
    companies: Sequence[Applicant]
    guides: Sequence[FilingGuide]
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    plan: list[Event] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    filed: int = 0
    steps: int = 0

    def actor(self, username: str) -> Actor:
        """Somebody of the demo, looked up once."""
        if username not in self.actors:
            self.actors[username] = actor_named(username)
        return self.actors[username]

    def later(self, at: datetime, days: int, do: Callable[[datetime], None]) -> None:
        """Plan something some working days later, in office hours; on the same day a little later."""
        day = calendar().add(local_day(at), days) if days else local_day(at)
        when = self.moment(day)
        when = max(when, at + timedelta(minutes=self.dice.randint(5, 40)))
        heapq.heappush(self.plan, Event(when, len(self.plan) + self.steps * 1000, do))

    def moment(self, day: date) -> datetime:
        """A minute within office hours."""
        start = datetime.combine(day, OPENING, SHANGHAI)
        return start + timedelta(minutes=self.dice.randint(0, (CLOSING.hour - OPENING.hour) * 60))

    def key(self) -> str:
        """A client key from the dice."""
        return f"demo{self.dice.getrandbits(96):024x}"


def simulate(companies: Sequence[Applicant], *, file: NewFile, now: datetime) -> DemoWork:
    """Work through the month before `now`. `file` stands for every upload."""
    guides = [filing_guide(line.code) for line in most_used(limit=30) if line.online]
    province = Province(now, file, companies, guides)
    with transaction.atomic():
        first = local_day(now) - timedelta(days=DAYS)
        for offset in range(DAYS + 1):
            day = first + timedelta(days=offset)
            if calendar().is_workday(day):
                for _ in range(province.dice.randint(*A_DAY)):
                    heapq.heappush(
                        province.plan,
                        Event(province.moment(day), len(province.plan), lambda at: _file(province, at)),
                    )
        while province.plan:
            event = heapq.heappop(province.plan)
            if event.at > now:
                break
            event.do(event.at)
            province.steps += 1
    while close_batch(at=now):
        pass
    return DemoWork(province.filed, province.steps)


def _file(province: Province, at: datetime) -> None:
    guide = province.dice.choice(province.guides)
    number = province.dice.randrange(len(province.companies))
    company = province.companies[number]
    at_window = province.dice.random() < 0.3
    by = province.actor("clerk" if at_window else "company" if number == 0 else f"company.{number + 1}")
    channel = (
        Channel.WINDOW
        if at_window
        else province.dice.choice((Channel.ONLINE, Channel.ONLINE, Channel.MOBILE))
    )
    draft = begin_draft(
        guide.item_code, by=by, at=at, channel=channel, applicant_id=company.pk, key=province.key()
    )
    answers = example_answers(guide.guide.form)
    save_section(draft.pk, ALL_SECTIONS, {**answers, **draft.answers}, draft.edit, by=by, at=at, tab="demo")
    wanted = [one.code for one in materials_for(guide.guide, answers) if one.copies]
    if at_window:
        receive_papers(draft.pk, wanted, by=by, at=at)
    for code in [] if at_window else wanted:
        add_material(draft.pk, code, province.file, by=by, at=at, key=code)
    receipt = file_draft(draft.pk, key=province.key(), by=by, at=at)
    province.filed += 1
    luck = province.dice.random()
    if luck < 0.05:
        province.later(at, 1, lambda when: _refuse(province, receipt.case_id, when))
    elif luck < 0.09:
        province.later(at, 1, lambda when: _withdraw(province, receipt.case_id, by, company, when))
    elif luck < 0.22:
        province.later(
            at, province.dice.randint(0, 2), lambda when: _ask(province, receipt.case_id, number, when)
        )
    else:
        province.later(at, province.dice.randint(0, 3), lambda when: _accept(province, receipt.case_id, when))


def _case(case_id: UUID, *states: State) -> CaseRow | None:
    row = load(case_id)
    return row if row is not None and row.state in states else None


def _refuse(province: Province, case_id: UUID, at: datetime) -> None:
    cases.refuse_acceptance(
        case_id, ground="not_competent", reason="申请事项属于市级权限", where_instead="示例市有关部门",
        by=province.actor("clerk"), at=at, key=province.key(),
    )  # fmt: skip


def _withdraw(province: Province, case_id: UUID, by: Actor, company: Applicant, at: datetime) -> None:
    owner = (
        by
        if by.applicant_id
        else Actor("applicant", company.name, applicant_id=company.pk, capabilities=frozenset({"case.apply"}))
    )
    cases.withdraw(case_id, reason="申请内容需要调整", by=owner, at=at, key=province.key())


def _ask(province: Province, case_id: UUID, number: int, at: datetime) -> None:
    lines = [
        {
            "material": "申请书",
            "problem": "缺少法定代表人签字",
            "requirement": "由法定代表人签字并加盖公章后重新提交",
        }
    ]
    respond_by = calendar().add(local_day(at), 15)
    cases.ask_correction(
        case_id, lines=lines, respond_by=respond_by, by=province.actor("clerk"), at=at, key=province.key()
    )
    province.later(at, province.dice.randint(1, 5), lambda when: _answer(province, case_id, number, when))


def _answer(province: Province, case_id: UUID, number: int, at: datetime) -> None:
    by = province.actor("company" if number == 0 else f"company.{number + 1}")
    cases.answer_correction(case_id, note="已签字盖章", content={}, by=by, at=at, key=province.key())
    province.later(at, province.dice.randint(0, 2), lambda when: _accept(province, case_id, when))


def _accept(province: Province, case_id: UUID, at: datetime) -> None:
    cases.accept(case_id, by=province.actor("clerk"), at=at, key=province.key())
    row = _case(case_id, State.REVIEW)
    if row is None:
        return
    if province.dice.random() < 0.12 and row.statutory_days >= 10:
        province.later(at, province.dice.randint(1, 3), lambda when: _pause(province, row, when))
    else:
        longest = max(1, min(12, row.promised_days - 1))
        province.later(
            at, province.dice.randint(min(1, longest), longest), lambda when: _propose(province, row, when)
        )


def _staff(province: Province, row: CaseRow, post: str) -> Actor:
    code = next(g for g in province.guides if g.item_id == row.item_id).guide.department
    return province.actor(f"{post}.{code}")


def _pause(province: Province, row: CaseRow, at: datetime) -> None:
    reviewer = _staff(province, row, "reviewer")
    days = province.dice.randint(5, 10)
    cases.pause(row.id, ground="expert_review", expected_days=days, by=reviewer, at=at, key=province.key())
    province.later(at, days - 1, lambda when: _resume(province, row, when))


def _resume(province: Province, row: CaseRow, at: datetime) -> None:
    reviewer = _staff(province, row, "reviewer")
    cases.resume(row.id, result="专家评审已完成", by=reviewer, at=at, key=province.key())
    province.later(at, province.dice.randint(1, 4), lambda when: _propose(province, row, when))


def _propose(province: Province, row: CaseRow, at: datetime) -> None:
    granted = province.dice.random() > 0.06
    outcome = Outcome.GRANTED if granted else Outcome.DENIED
    opinion = "材料齐全，符合法定条件" if granted else "不符合规定的条件"
    cases.propose(
        row.id,
        outcome=outcome,
        opinion=opinion,
        by=_staff(province, row, "reviewer"),
        at=at,
        key=province.key(),
    )
    province.later(at, province.dice.randint(0, 2), lambda when: _decide(province, row, outcome, when))


def _decide(province: Province, row: CaseRow, outcome: Outcome, at: datetime) -> None:
    reason = "申请材料反映的情况不符合法定条件" if outcome == Outcome.DENIED else ""
    head = _staff(province, row, "head")
    cases.decide(row.id, outcome=outcome, reason=reason, by=head, at=at, key=province.key())
    province.later(at, province.dice.randint(1, 4), lambda when: _deliver(province, row, when))


def _deliver(province: Province, row: CaseRow, at: datetime) -> None:
    method = province.dice.choice(("window", "post", "electronic"))
    clerk = province.actor("clerk")
    cases.deliver(row.id, method=method, receiver=row.applicant_name, by=clerk, at=at, key=province.key())
