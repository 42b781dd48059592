"""Where a case stands, in one sentence that names who must do what by when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from yichuang.cases.flow import PAUSE_GROUNDS, Outcome, State


@dataclass(frozen=True, slots=True)
class Situation:
    """What the sentence is made of. `due_on` is the law's or the promised end, `work_due_on` that of the open work."""

    state: State
    department: str
    today: date
    due_on: date | None = None
    work_due_on: date | None = None
    provisional: bool = False
    days_left: int | None = None
    outcome: str | None = None
    pause_ground: str = ""
    correction_lines: int = 0
    is_licence: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """The sentence, who has to act now, and by when."""

    sentence: str
    waits_for: str
    by_day: date | None = None

    def around_day(self, today: date) -> tuple[str, str, str]:
        """The sentence in three parts, the day in the middle; pages must not break it across lines."""
        before, day, after = self.sentence.partition(short_day(self.by_day, today) or "\0")
        return before, day, after


def short_day(day: date | None, today: date) -> str:
    """6月10日, with the year where it is another one."""
    if day is None:
        return ""
    words = f"{day.month}月{day.day}日"
    return words if day.year == today.year else f"{day.year}年{words}"


def standing(now: Situation) -> Standing:
    """The one sentence in large type on the follow page."""
    return _SENTENCES[now.state](now)


def _received(now: Situation) -> Standing:
    by = now.work_due_on
    return Standing(
        f"{now.department}窗口正在核对材料，应于 {short_day(by, now.today)} 前答复是否受理。{_late(by, now.today)}",
        f"{now.department}窗口",
        by,
    )


def _correcting(now: Situation) -> Standing:
    by = now.work_due_on
    items = f" {now.correction_lines} 项内容" if now.correction_lines else "材料"
    late = "已过补正期限，请尽快补正或者联系窗口。" if by and now.today > by else ""
    return Standing(f"请在 {short_day(by, now.today)} 前补正{items}，交回后继续办理。{late}", "您", by)


def _review(now: Situation) -> Standing:
    by = now.due_on
    about = "（暂计）" if now.provisional else ""
    return Standing(
        f"{now.department}正在审查，应于 {short_day(by, now.today)}{about} 前作出决定。{_late(by, now.today)}",
        now.department,
        by,
    )


def _special(now: Situation) -> Standing:
    what = PAUSE_GROUNDS.get(now.pause_ground, "特别程序")
    left = f"，办理期限还剩 {now.days_left} 个工作日" if now.days_left is not None else ""
    until = f"预计 {short_day(now.work_due_on, now.today)} 前结束，" if now.work_due_on else ""
    return Standing(f"正在进行{what}，{until}其间不计入办理期限{left}。", now.department, now.work_due_on)


def _decided(now: Situation) -> Standing:
    by = now.work_due_on
    return Standing(
        f"{now.department}已作出{_word(now)}的决定，应于 {short_day(by, now.today)} 前送达您。{_late(by, now.today)}",
        now.department,
        by,
    )


def _delivered(now: Situation) -> Standing:
    return Standing(f"已办完：{_word(now)}，结果已经送达。", "")


def _refused(now: Situation) -> Standing:
    return Standing(f"{now.department}不予受理，理由和救济途径见不予受理决定书。", "")


def _terminated(now: Situation) -> Standing:
    if now.outcome == Outcome.WITHDRAWN:
        return Standing("您已撤回申请，此件不再办理；需要时可以重新申请。", "")
    return Standing("此件已终结办理，理由见终结办理告知书。", "")


def _word(now: Situation) -> str:
    word = "准予" if now.outcome == Outcome.GRANTED else "不予"
    return f"{word}许可" if now.is_licence else word


def _late(by: date | None, today: date) -> str:
    return "已超过期限，您可以打电话催办或者投诉。" if by and today > by else ""


_SENTENCES: dict[State, Callable[[Situation], Standing]] = {
    State.RECEIVED: _received,
    State.CORRECTING: _correcting,
    State.REVIEW: _review,
    State.SPECIAL: _special,
    State.DECIDED: _decided,
    State.DELIVERED: _delivered,
    State.REFUSED: _refused,
    State.TERMINATED: _terminated,
}
