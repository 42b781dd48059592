"""Pure functions about key tasks: the light, when a reminder may go, statistics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from yichuang.programmes.flow.tasks import LEVELS, OPEN, REMINDER_GAP, UNFINISHED, TaskState
from yichuang.workdays.rules import Calendar

SOON = 5
BEHIND = 20


@dataclass(frozen=True, slots=True)
class TaskLight:
    """Working days left (negative: overdue, None: nothing runs any more), its level, and why."""

    left: int | None
    level: str
    why: str = ""


def expected_percent(starts_on: date, due_on: date, today: date) -> int:
    """How far a task would be that moves evenly: whole per cent, rounded down."""
    if today >= due_on:
        return 100
    if today <= starts_on:
        return 0
    return 100 * (today - starts_on).days // (due_on - starts_on).days


def working_days_left(due_on: date, today: date, calendar: Calendar) -> int:
    """Working days after today up to the due day; 0 on the last day, at most -1 once it has passed."""
    left = calendar.between(today, due_on)
    return min(left, -1) if today > due_on else left


def task_light(
    state: TaskState, *, starts_on: date, due_on: date, percent: int, today: date, calendar: Calendar
) -> TaskLight:
    """Bad past the due day, warn within five working days or twenty points behind an even pace, else good."""
    if state not in UNFINISHED:
        return TaskLight(None, "plain")
    left = working_days_left(due_on, today, calendar)
    if state == TaskState.CLAIMED:
        return TaskLight(left, "good", "已报告完成，待确认")
    if left < 0:
        return TaskLight(left, "bad", "已过完成时限")
    gap = expected_percent(starts_on, due_on, today) - percent
    if gap >= BEHIND:
        return TaskLight(left, "warn", f"进度比时间慢 {gap} 个百分点")
    return TaskLight(left, "warn" if left <= SOON else "good", "临近完成时限" if left <= SOON else "")


def may_remind(last_on: date | None, today: date, calendar: Calendar) -> bool:
    """Whether enough working days lie between the last reminder and today."""
    return last_on is None or calendar.between(last_on, today) >= REMINDER_GAP


def next_reminder_day(last_on: date, calendar: Calendar) -> date:
    """The first day on which the next reminder may go."""
    return calendar.add(last_on, REMINDER_GAP)


def reminder_level(sent: int) -> int:
    """The level of the next reminder after `sent` of them: it rises to the highest and stays there."""
    return min(sent + 1, len(LEVELS))


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """What statistics need to know of a task."""

    department: str
    state: TaskState
    due_on: date
    percent: int


@dataclass(frozen=True, slots=True)
class DepartmentTasks:
    """How the tasks of a department stand. `share`: closed among those not cancelled, whole per cent, rounded half up."""

    department: str
    total: int
    closed: int
    claimed: int
    running: int
    not_started: int
    cancelled: int
    overdue: int
    share: int | None


def by_department(tasks: Iterable[TaskStanding], today: date) -> list[DepartmentTasks]:
    """One row a department, most overdue first; every task is counted in exactly one state."""
    groups: dict[str, list[TaskStanding]] = {}
    for task in tasks:
        groups.setdefault(task.department, []).append(task)
    rows = [_row(name, found, today) for name, found in groups.items()]
    return sorted(rows, key=lambda row: (-row.overdue, -row.total, row.department))


def summary(tasks: Iterable[TaskStanding], today: date) -> DepartmentTasks:
    """All tasks in one row."""
    return _row("合计", list(tasks), today)


def _row(name: str, found: list[TaskStanding], today: date) -> DepartmentTasks:
    def count(*states: TaskState) -> int:
        return sum(task.state in states for task in found)

    closed, cancelled = count(TaskState.CLOSED), count(TaskState.CANCELLED)
    counted = len(found) - cancelled
    return DepartmentTasks(
        department=name,
        total=len(found),
        closed=closed,
        claimed=count(TaskState.CLAIMED),
        running=count(TaskState.RUNNING, TaskState.EXTENDED),
        not_started=count(TaskState.NOT_STARTED),
        cancelled=cancelled,
        overdue=sum(task.state in OPEN and task.due_on < today for task in found),
        share=(200 * closed + counted) // (2 * counted) if counted else None,
    )
