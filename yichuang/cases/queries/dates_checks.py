"""Why a survey, an expert review or another department's opinion is due on its day: the lines for the dates of a case."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.cases import rules
from yichuang.cases.flow import State
from yichuang.cases.queries.one import CaseRow
from yichuang.cases.rules.checks import CONTENT_OF, REVIEW, SURVEY
from yichuang.kernel import sql
from yichuang.workdays.rules import Calendar

OPINION, PENDING = "opinion", "pending"
COUNTED = "按工作日计算，自次日起算，法定休假日不计入"

BESIDE = """/*one plan*/
select 'expert_review', r.id, r.field, (r.drawn_at at time zone 'Asia/Shanghai')::date, r.days, r.due_on, r.due_on,
       r.state = 'open', r.state = 'closed', false
from cases_expert_review r where r.case_id = %(id)s
union all
select 'survey', s.id, '', s.arranged_on, null, s.planned_on, s.due_on,
       s.state in ('planned', 'recorded'), s.state = 'closed', false
from cases_survey s where s.case_id = %(id)s
union all
select 'opinion', o.id, d.short_name, o.asked_on, o.days, o.due_on, o.due_on, true, false, o.state = 'silent'
from cases_opinion o join directory_department d on d.id = o.department_id
where o.case_id = %(id)s and o.ruling = '' and o.state in ('asked', 'silent')
union all
select 'pending', p.id, p.name, p.promised_on, null, p.promised_on, p.promised_on, true, false, false
from cases_pending p where p.case_id = %(id)s and p.received_on is null
order by 1, 4, 2
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What stands beside the steps: kind, name, the day it began, its working days or the day that was named, its last day."""

    kind: str
    id: UUID
    name: str
    day: date
    days: int | None
    named: date
    due_on: date
    is_open: bool
    has_result: bool
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A label, its day, and the lines that say why."""

    label: str
    day: date
    lines: tuple[str, ...]


def beside_dates(row: CaseRow, days: Calendar) -> tuple[list[Told], list[tuple[str, date]]]:
    """The dates of opinions, reviews and surveys that are open, and the promised days of materials to come. One statement."""
    if row.state not in (State.REVIEW, State.SPECIAL):
        return [], []
    found = lines_of(row)
    told = [_opinion(one, days) for one in found if one.kind == OPINION]
    for one in found:
        if one.is_open and one.kind in (REVIEW, SURVEY):
            told.append(_check(row, days, one, check_of(row, one, found)))
    return told, [(one.name, one.day) for one in found if one.kind == PENDING]


def lines_of(row: CaseRow) -> list[Line]:
    """Everything that stands beside the steps of a case, by kind and day. One statement."""
    return [Line(*one) for one in sql.rows(BESIDE, {"id": row.id})]


def check_of(row: CaseRow, one: Line, all_lines: list[Line]) -> rules.Check:
    """What the last day of one of a case's reviews or surveys rests on."""
    same = [(other.kind, other.name) == (one.kind, one.name) for other in all_lines]
    lines = [other for other, alike in zip(all_lines, same, strict=True) if alike]
    earlier = [(other.day, other.has_result) for other in lines[: lines.index(one)]]
    fixed = one.named if one.kind == SURVEY or one.days is None else None
    promised = row.handling.days_of(one.kind)
    return rules.Check(one.kind, one.day, rules.begun(earlier, one.day), one.days, fixed, promised)


def _opinion(one: Line, days: Calendar) -> Told:
    lines = (
        f"规则：征求意见时定为 {one.days} 个工作日内答复（{COUNTED}）；逾期未答复不视为同意。",
        f"{_spoken(one.day)}征求，第 {one.days} 个工作日为{_spoken(days.add(one.day, one.days or 0))}。",
    )
    return Told(f"{one.name}答复意见", one.named, lines)


def _check(row: CaseRow, days: Calendar, one: Line, check: rules.Check) -> Told:
    lines = [_bound(bound, check) for bound in rules.bounds(days, check)]
    until, ground = pause_of(row, days)
    due = rules.check_due(days, check)
    if until is not None and CONTENT_OF.get(ground) == one.kind:
        lines.append(
            f"规则：此件正因此暂停计时，所需时间已书面告知申请人，至{_spoken(until)}（《中华人民共和国行政许可法》第四十五条）。"
        )
        due = rules.within_pause(due, one.kind, ground, until)
    if len(lines) > 1:
        lines.append("以上日期以最早的一天为准，不相加；暂停计时不延长这一期限。")
    label = f"专家评审「{one.name}」" if one.kind == REVIEW else "现场核查"
    return Told(label, due, tuple(lines))


def pause_of(row: CaseRow, days: Calendar) -> tuple[date | None, str]:
    """The last day told for the pause that lasts, and its ground; (None, "") while none does."""
    if row.paused_on is None or row.paused_for is None:
        return None, ""
    ground = next(ground for kind, _, _, ground, _ in reversed(row.facts) if kind == "case.paused")
    return rules.expected_until(days, row.paused_on, row.paused_for), ground


def _bound(bound: rules.Bound, check: rules.Check) -> str:
    day = _spoken(bound.day)
    if bound.source == "promised":
        step = "专家评审" if check.kind == REVIEW else "现场核查"
        again = "（取消后重新开始的，仍从第一次起算）" if check.begun_on != check.arranged_on else ""
        return (
            f"规则：办事指南承诺{step}环节 {check.promised} 个工作日（{COUNTED}），"
            f"{_spoken(check.begun_on)}开始{again}，至{day}。"
        )
    if check.days is not None:
        return f"规则：{_spoken(check.arranged_on)}抽取专家时定为 {check.days} 个工作日内评审（{COUNTED}），至{day}。"
    if check.kind == SURVEY:
        return (
            f"规则：办事指南没有规定现场核查环节的时限，以{_spoken(check.arranged_on)}安排的核查日{day}为准。"
        )
    return f"规则：{_spoken(check.arranged_on)}抽取专家时定为{day}前评审。"


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
