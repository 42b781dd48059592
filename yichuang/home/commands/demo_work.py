"""A month of work in the demo province: every fact went through the command that a person would have used.

Deterministic: the same day of loading yields the same month. One transaction: all of it, or nothing.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from uuid import UUID

from django.db import transaction

from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel, Outcome, State
from yichuang.cases.queries import CaseRow, load
from yichuang.catalogue.queries import FilingGuide, filing_guide, most_used
from yichuang.directory.models import Applicant
from yichuang.directory.queries import actor_named
from yichuang.home.commands.demo_filing import Filled, file_case
from yichuang.intake.commands import NewFile
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI, local_day
from yichuang.statistics.commands import close_batch
from yichuang.workdays.queries import calendar

SEED = 51_2022
DAYS = 35
A_DAY = (5, 9)
OPENING, CLOSING = time(9, 0), time(17, 0)
PAUSE_DAYS = 15
# One acceptance in so many steps is mended at the counter first, or goes into the green channel.
MENDED_EVERY, URGENT_EVERY = 9, 11


class Fate(Enum):
    """What becomes of a filing: the share below which the dice fall, or none for those that are placed on purpose."""

    REFUSED = 0.05
    WITHDRAWN = 0.09
    CORRECTED = 0.22
    ACCEPTED = 1.0
    WAITING = "asked for a correction that has not come"
    PAUSED = "in a special procedure"
    FORGOTTEN = "accepted, and past its day"


# So that every state and every light is there on any day: working days before the end, the fate, and the shortest
# and the longest promised limit of the matter.
PLACED = (
    (4, Fate.WAITING, 1, 99),
    (5, Fate.PAUSED, 10, 99),
    (7, Fate.REFUSED, 0, 999),
    (8, Fate.WITHDRAWN, 0, 999),
    (20, Fate.FORGOTTEN, 3, 15),
)


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

    def company(self, number: int) -> Actor:
        """Somebody who signs in for one of the companies."""
        return self.actor("company" if number == 0 else f"company.{number + 1}")

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
        days = _workdays(local_day(now))
        for day in days:
            for _ in range(province.dice.randint(*A_DAY)):
                _plan(province, day)
        for before, fate, shortest, longest in PLACED:
            _plan(province, days[max(-before, -len(days))], fate, shortest, longest)
        while province.plan:
            event = heapq.heappop(province.plan)
            if event.at > now:
                break
            event.do(event.at)
            province.steps += 1
    while close_batch(at=now):
        pass
    return DemoWork(province.filed, province.steps)


def _workdays(last: date) -> list[date]:
    days = (last - timedelta(days=before) for before in range(DAYS, -1, -1))
    return [day for day in days if calendar().is_workday(day)]


def _plan(
    province: Province, day: date, fate: Fate | None = None, shortest: int = 0, longest: int = 999
) -> None:
    """Plan a filing on a day; with a fate of its own, for a matter whose promised limit lies between the two."""
    fitting = [one for one in province.guides if shortest <= one.guide.limits.promised.days <= longest]

    def come(at: datetime) -> None:
        _file(province, province.dice.choice(fitting), at, fate)

    heapq.heappush(province.plan, Event(province.moment(day), len(province.plan), come))


def _file(province: Province, guide: FilingGuide, at: datetime, fate: Fate | None) -> None:
    number = province.dice.randrange(len(province.companies))
    company = province.companies[number]
    at_window = province.dice.random() < 0.3
    by = province.actor("clerk") if at_window else province.company(number)
    browsers = (Channel.ONLINE, Channel.ONLINE, Channel.MOBILE)
    channel = Channel.WINDOW if at_window else province.dice.choice(browsers)
    filled = Filled(guide, company.pk, channel)
    case_id = file_case(filled, province.file, by=by, at=at, keys=(province.key(), province.key()))
    province.filed += 1
    luck = province.dice.random()
    drawn = next(one for one in Fate if isinstance(one.value, float) and luck < one.value)
    _go_on(province, Filing(case_id, number, fate or drawn), at)


@dataclass(frozen=True, slots=True)
class Filing:
    """A case that was filed: by which company, and what will become of it."""

    case_id: UUID
    company: int
    fate: Fate


def _go_on(province: Province, filing: Filing, at: datetime) -> None:
    dice = province.dice
    if filing.fate is Fate.REFUSED:
        province.later(at, 1, lambda when: _refuse(province, filing.case_id, when))
    elif filing.fate is Fate.WITHDRAWN:
        province.later(at, 1, lambda when: _withdraw(province, filing, when))
    elif filing.fate in (Fate.CORRECTED, Fate.WAITING):
        province.later(at, dice.randint(0, 2), lambda when: _ask(province, filing, when))
    else:
        province.later(at, dice.randint(0, 3), lambda when: _accept(province, filing, when))


def _case(case_id: UUID, *states: State) -> CaseRow | None:
    row = load(case_id)
    return row if row is not None and row.state in states else None


def _refuse(province: Province, case_id: UUID, at: datetime) -> None:
    cases.refuse_acceptance(
        case_id, ground="not_competent", reason="申请事项属于市级权限", where_instead="示例市有关部门",
        by=province.actor("clerk"), at=at, key=province.key(),
    )  # fmt: skip


def _withdraw(province: Province, filing: Filing, at: datetime) -> None:
    owner = province.company(filing.company)
    cases.withdraw(filing.case_id, reason="申请内容需要调整", by=owner, at=at, key=province.key())


def _ask(province: Province, filing: Filing, at: datetime) -> None:
    lines = [
        {
            "material": "申请书",
            "problem": "缺少法定代表人签字",
            "requirement": "由法定代表人签字并加盖公章后重新提交",
        }
    ]
    respond_by = calendar().add(local_day(at), 15)
    cases.ask_correction(
        filing.case_id,
        lines=lines,
        respond_by=respond_by,
        by=province.actor("clerk"),
        at=at,
        key=province.key(),
    )
    if filing.fate is not Fate.WAITING:
        province.later(at, province.dice.randint(1, 5), lambda when: _answer(province, filing, when))


def _answer(province: Province, filing: Filing, at: datetime) -> None:
    by = province.company(filing.company)
    cases.answer_correction(filing.case_id, note="已签字盖章", content={}, by=by, at=at, key=province.key())
    province.later(at, province.dice.randint(0, 2), lambda when: _accept(province, filing, when))


def _accept(province: Province, filing: Filing, at: datetime) -> None:
    clerk = province.actor("clerk")
    if province.steps % MENDED_EVERY == 0:
        mended = "申请人当场补签并更正联系电话"
        cases.correct_on_spot(filing.case_id, what=mended, by=clerk, at=at, key=province.key())
    cases.accept(filing.case_id, by=clerk, at=at, key=province.key())
    row = _case(filing.case_id, State.REVIEW)
    if row is not None and province.steps % URGENT_EVERY == 0:
        head = _staff(province, row, "head")
        cases.expedite(row.id, reason="重点项目，须在汛期前开工", by=head, at=at, key=province.key())
    if row is None or filing.fate is Fate.FORGOTTEN:
        return
    if filing.fate is Fate.PAUSED:
        province.later(at, 0, lambda when: _pause(province, row, when, PAUSE_DAYS))
    elif province.dice.random() < 0.12 and row.statutory_days >= 10:
        days = province.dice.randint(5, 10)
        province.later(at, province.dice.randint(1, 3), lambda when: _pause(province, row, when, days))
    else:
        longest = max(1, min(12, row.promised_days - 1))
        province.later(
            at, province.dice.randint(min(1, longest), longest), lambda when: _propose(province, row, when)
        )


def _staff(province: Province, row: CaseRow, post: str) -> Actor:
    code = next(g for g in province.guides if g.item_id == row.item_id).guide.department
    return province.actor(f"{post}.{code}")


def _pause(province: Province, row: CaseRow, at: datetime, days: int) -> None:
    reviewer = _staff(province, row, "reviewer")
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
    province.later(at, province.dice.randint(0, 2), lambda when: _go_up(province, row, outcome, when))


def _go_up(province: Province, row: CaseRow, outcome: Outcome, at: datetime) -> None:
    """The next level of the item signs; after the last of them the head decides."""
    now = load(row.id)
    if now is None or now.work_kind not in ("second", "countersign"):
        _decide(province, row, outcome, at)
        return
    agree = cases.endorse if now.work_kind == "second" else cases.countersign
    by = _staff(province, row, now.work_kind)
    agree(row.id, opinion="材料属实，同意初审意见", by=by, at=at, key=province.key())
    province.later(at, province.dice.randint(0, 1), lambda when: _go_up(province, row, outcome, when))


def _decide(province: Province, row: CaseRow, outcome: Outcome, at: datetime) -> None:
    reason = "申请材料反映的情况不符合法定条件" if outcome == Outcome.DENIED else ""
    head = _staff(province, row, "head")
    cases.decide(row.id, outcome=outcome, reason=reason, by=head, at=at, key=province.key())
    province.later(at, province.dice.randint(1, 4), lambda when: _deliver(province, row, when))


def _deliver(province: Province, row: CaseRow, at: datetime) -> None:
    method = province.dice.choice(("window", "post", "electronic"))
    clerk = province.actor("clerk")
    cases.deliver(row.id, method=method, receiver=row.applicant_name, by=clerk, at=at, key=province.key())
