"""Why this date, for every date of a case: rule and article, calendar, each pause and extension with its days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from yichuang.cases import rules
from yichuang.cases.flow import LEVEL_LABELS, PAUSE_GROUNDS_ALL, State
from yichuang.cases.queries.dates_checks import beside_dates
from yichuang.cases.queries.one import CaseRow
from yichuang.workdays.queries import calendar
from yichuang.workdays.rules import Calendar

BEFORE_DECISION = (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL)
STEP_LABELS = {str(kind): label for kind, label in LEVEL_LABELS.items()}


@dataclass(frozen=True, slots=True)
class DateWhy:
    """One date of a case and why it is this one. `day` is None where it cannot be known while the clock stands."""

    label: str
    day: date | None
    lines: tuple[str, ...]
    provisional: bool = False
    overdue: bool = False


def dates_of(row: CaseRow, *, today: date) -> tuple[DateWhy, ...]:
    """Every date that a case has now, each with its reasons, in the order in which they come. At most one statement."""
    days = calendar()
    beside, pending = beside_dates(row, days)
    found = (
        *_answer(row, days),
        *_correction(row),
        *_limits(row, days),
        *_procedure(row, days),
        *_step(row, days),
        *(DateWhy(one.label, one.day, one.lines) for one in beside),
        *(_pending(name, promised) for name, promised in pending),
        *_delivery(row, days),
        *_renewal(row, days),
    )
    return tuple(_judged(one, days, today) for one in found)


def _judged(found: DateWhy, days: Calendar, today: date) -> DateWhy:
    """The date with its mark: past its day, and resting on a year whose holidays are not known yet."""
    if found.day is None:
        return found
    provisional = found.provisional or days.provisional(found.day)
    lines = (*found.lines, f"日历版本：{days.version}。")
    return DateWhy(found.label, found.day, lines, provisional, today > found.day)


def _answer(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    if row.state != State.RECEIVED:
        return
    rule, received = row.acceptance_rule, row.received_on
    day = rules.answer_by(days, received, rule)
    what = "收到补正材料" if received != row.filed_on or row.corrections else "收到申请"
    lines = (
        rule.sentence,
        f"{_spoken(received)}{what}，次日起第 {rule.days} 个工作日为{_spoken(day)}。",
        "这一天过后仍未答复的，平台自动受理，办理期限自收到材料之日起算。",
    )
    yield DateWhy("答复是否受理", day, lines)


def _correction(row: CaseRow) -> Iterator[DateWhy]:
    if row.state == State.CORRECTING:
        lines = (
            "补正截止日由窗口在一次性补正告知书中确定；补正所需时间不计入办理期限。",
            f"已告知补正 {row.corrections} 次。",
        )
        yield DateWhy("申请人补正", row.work_due_on, lines)


def _limits(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    """The promised and the statutory limit; while the clock stands they have no day, only days left."""
    if row.accepted_on is None or row.state not in (State.REVIEW, State.SPECIAL):
        return
    clock = rules.read_clock(days, row.clock_facts())
    for label, rule, due, left, counted in (
        ("承诺期限", _promised_rule(row), clock.due_on, clock.days_left, clock.explanation),
        ("法定期限", _statutory_rule(row), clock.statutory_due_on, clock.statutory_days_left, clock.statutory_explanation),
    ):  # fmt: skip
        standing = () if due else (f"特别程序期间不计时，恢复后还有 {left} 个工作日。",)
        lines = (rule, *_deemed(row), *counted, *_pauses(row, days), *_extensions(row), *standing)
        yield DateWhy(label, due, lines, clock.provisional)


def _promised_rule(row: CaseRow) -> str:
    return f"规则：办事指南承诺受理之日起 {row.promised_days} 个工作日内办结，不超过法定期限。"


def _statutory_rule(row: CaseRow) -> str:
    rule = row.limit_rule
    if rule.days == row.statutory_days:
        return rule.sentence
    return f"规则：办事指南载明的法定期限为受理之日起 {row.statutory_days} 个工作日（{rule.counting.rule}）。"


def _deemed(row: CaseRow) -> Iterator[str]:
    accepted = next((fact for fact in row.facts if fact[0] == "case.accepted"), None)
    if accepted is not None and row.accepted_on is not None and accepted[1] > row.accepted_on:
        rule = row.acceptance_rule
        yield f"逾期未答复，自收到材料之日{_spoken(row.accepted_on)}起即为受理（{rule.cited}）。"


def _pauses(row: CaseRow, days: Calendar) -> Iterator[str]:
    """Each pause: its ground, its days, and by how much it outlasted the time told (行政许可法 art. 45)."""
    number = 0
    start: date | None = None
    for kind, day, data, ground, _ in row.facts:
        if kind == "case.paused":
            number, start = number + 1, day
            label = PAUSE_GROUNDS_ALL.get(ground, ground)
            yield f"第 {number} 次暂停：{label}，{_spoken(day)}起，告知预计 {data['expected_days']} 个工作日（行政许可法第四十五条）。"
        elif kind == "case.resumed" and start is not None:
            over = f"，超过告知的时间 {data['overrun']} 个工作日" if data.get("overrun") else ""
            yield f"第 {number} 次暂停于{_spoken(day)}结束，不计入 {days.between(start, day)} 个工作日{over}。"


def _extensions(row: CaseRow) -> Iterator[str]:
    for kind, day, data, ground, _ in row.facts:
        if kind == "case.extended":
            rule = rules.BY_CODE["art42_joint" if ground == "art42_joint" else "art42"]
            who = rule.extension.approver.label if rule.extension else ""
            yield f"{_spoken(day)}经{who}批准延长 {data['days']} 个工作日（{rule.cited}）。"


def _procedure(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    if row.paused_on is None or row.paused_for is None:
        return
    until = rules.expected_until(days, row.paused_on, row.paused_for)
    noted = any(kind == "case.pause_overrun" and day > row.paused_on for kind, day, *_ in row.facts)
    lines = (
        f"规则：特别程序所需时间不计入办理期限，应将所需时间书面告知申请人（{rules.LIMITS[1].law}第四十五条）。",
        f"{_spoken(row.paused_on)}启动，告知预计 {row.paused_for} 个工作日，至{_spoken(until)}。",
        *(("平台已记录超过预计时间，结束时须写明原因。",) if noted else ()),
    )
    yield DateWhy("特别程序预计结束", until, lines)


def _step(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    """The level that is open, by the guide: held days are left out, as for the limit that it is a part of (art. 45)."""
    step = rules.opened(row.facts, row.handling.levels) if row.state == State.REVIEW else None
    allowed = row.handling.days_of(step.step) if step else None
    if step is None or allowed is None or step.step != row.work_kind:
        return
    day = rules.level_due(days, step, allowed)
    label = STEP_LABELS[step.step]
    held = sum(days.between(hold.start, hold.end) for hold in step.holds if hold.end)
    without = f"，其间暂停的 {held} 个工作日不计入" if held else ""
    lines = (
        f"规则：办事指南承诺{label}环节 {allowed} 个工作日（按工作日计算，自次日起算）。",
        f"{_spoken(step.on)}进入这一环节{without}，第 {allowed} 个工作日为{_spoken(day)}。" if day else "",
    )
    yield DateWhy(f"{label}环节", day, lines)


def _pending(name: str, promised: date) -> DateWhy:
    return DateWhy(
        f"补交「{name}」",
        promised,
        ("容缺受理：由申请人承诺的补交日期；未补齐前不能作出决定，办理期限照常计算。",),
    )


def _delivery(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    if row.state != State.DECIDED or row.decided_on is None:
        return
    day = rules.deliver_by(days, row.decided_on, row.delivery_days)
    rule = rules.BY_CODE["art44"]
    promised = f"办事指南承诺 {row.delivery_days} 个工作日。" if row.delivery_days < rule.days else ""
    lines = (rule.sentence, f"{_spoken(row.decided_on)}作出决定，至{_spoken(day)}。{promised}")
    yield DateWhy("送达结果", day, lines)


def _renewal(row: CaseRow, days: Calendar) -> Iterator[DateWhy]:
    renewal = row.renewal
    if renewal is None or row.state not in BEFORE_DECISION:
        return
    asked = f"申请于{_spoken(renewal.asked_on)}提出，最迟应在{_spoken(renewal.ask_by)}"
    effect = (
        f"{asked}，在法定时间内；届满仍未决定的，视为准予延续（{rules.BY_CODE['art50'].cited}）。"
        if renewal.in_time
        else f"{asked}，已晚于法定时间；届满不视为准予延续。"
    )
    lines = (renewal.rule.sentence, effect)
    yield DateWhy("原许可有效期届满", renewal.expires_on, lines, days.provisional(renewal.ask_by))


def _spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
