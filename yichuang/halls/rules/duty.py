"""What a duty visit reads like in a report, and how a year stands against its plan. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done at a visit, counted."""

    cases: int = 0
    certificates: int = 0
    consultations: int = 0


def body_sentence(done: Done, note: str, requirements: Sequence[str]) -> str:
    """The words behind "到大厅窗口值守": what was done, then what was asked for, each its own number.

    Ends with a full stop; empty where nothing was entered.
    """
    parts = [_done_words(done), note.strip().rstrip("。"), _required(requirements)]
    said = [part for part in parts if part]
    return "。".join(said) + "。" if said else ""


def _done_words(done: Done) -> str:
    counted = (
        (done.cases, f"查看办件{done.cases}件"),
        (done.certificates, f"颁发证照{done.certificates}件"),
        (done.consultations, f"解答咨询{done.consultations}人次"),
    )
    return "，".join(words for count, words in counted if count)


def _required(requirements: Sequence[str]) -> str:
    plain = [words.strip().rstrip("。；") for words in requirements if words.strip()]
    if not plain:
        return ""
    if len(plain) == 1:
        return f"要求：{plain[0]}"
    return "要求：" + "；".join(f"{ordinal(place)}是{words}" for place, words in enumerate(plain, start=1))


def ordinal(number: int) -> str:
    """一 to 九十九."""
    tens, units = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[units - 1] if units else "")


@dataclass(frozen=True, slots=True)
class PlanState:
    """A year of a department against its plan: None planned means that there is no plan."""

    planned: int | None
    done: int

    @property
    def missing(self) -> int:
        """Visits that the plan still asks for."""
        return max((self.planned or 0) - self.done, 0)

    @property
    def words(self) -> str:
        """The state in words."""
        if self.planned is None:
            return "没有计划"
        return f"还差 {self.missing} 次" if self.missing else "已完成"
