"""Pure functions about events: numbers as people write them, sums, and the sentence that reports an event."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from yichuang.programmes.flow.events import Kind, Mark, Measure

_NUMBER = re.compile(
    r"(?P<about>约|近)?(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.(?P<tail>[0-9]{1,4}))?(?P<ten>万)?(?P<over>余|多)?"
)
_WIDE = str.maketrans("０１２３４５６７８９．，", "0123456789.,")
TEN_THOUSAND = 10_000
LARGEST = Decimal(10**12)


class UnreadableNumberError(ValueError):
    """What was typed is no number; the message says how to write one."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with how exact it is."""

    value: Decimal
    mark: Mark = Mark.EXACT


def read_amount(typed: str, places: int = 0) -> Amount:
    """A number as typed: 52, 6000余, 约300, 30万, 7.8. Raises UnreadableNumberError for anything else."""
    found = _NUMBER.fullmatch(typed.strip().translate(_WIDE))
    if found is None:
        raise UnreadableNumberError("请填数字，如 52、6000余、约300、30万")
    value = Decimal(found["digits"].replace(",", "") + (f".{found['tail']}" if found["tail"] else ""))
    value *= TEN_THOUSAND if found["ten"] else 1
    if value > LARGEST:
        raise UnreadableNumberError("数字过大，请核对")
    if value != value.quantize(Decimal(1).scaleb(-places)):
        raise UnreadableNumberError(f"最多 {places} 位小数" if places else "请填整数，如 52")
    if found["about"] and found["over"]:
        raise UnreadableNumberError("“约”和“余”只能写一个")
    mark = Mark.ABOUT if found["about"] else Mark.OVER if found["over"] else Mark.EXACT
    return Amount(value.quantize(Decimal(1).scaleb(-places)), mark)


def shown(value: Decimal) -> str:
    """A number without empty places behind the point, ungrouped as in running text."""
    return format(value.normalize(), "f") if value else "0"


def said(amount: Amount, unit: str) -> str:
    """The amount in running text: 52户, 6000余人次, 约300个."""
    number = shown(amount.value)
    return {
        Mark.EXACT: f"{number}{unit}",
        Mark.OVER: f"{number}余{unit}",
        Mark.ABOUT: f"约{number}{unit}",
    }[amount.mark]


def said_roundly(amount: Amount, unit: str) -> str:
    """The amount as it may be said by choice, its leading digit kept: 52 → 50余, 6,040 → 6000余. Else as it is."""
    whole = int(amount.value)
    if amount.mark is not Mark.EXACT or whole < 20 or amount.value != whole:
        return said(amount, unit)
    step = 10 ** (len(str(whole)) - 1)
    floor = whole // step * step
    return said(amount, unit) if floor == whole else f"{floor}余{unit}"


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; as vague as its vaguest part (约 before 余 before exact)."""
    kept = list(amounts)
    marks = {each.mark for each in kept}
    mark = Mark.ABOUT if Mark.ABOUT in marks else Mark.OVER if Mark.OVER in marks else Mark.EXACT
    return Amount(sum((each.value for each in kept), Decimal(0)), mark)


def when(on: date | None, until: date | None, near: str) -> str:
    """The time as a report says it: 5月10日, 5月11日至13日, 11月28日至12月1日, or the words (近日)."""
    if on is None:
        return near or "近日"
    first = f"{on.month}月{on.day}日"
    if until is None or until == on:
        return first
    same = (until.year, until.month) == (on.year, on.month)
    return f"{first}至{until.day}日" if same else f"{first}至{until.month}月{until.day}日"


def sentence(
    kind: Kind,
    time: str,
    department: str,
    title: str,
    figures: Mapping[str, Amount],
    extra: Sequence[str] = (),
) -> str:
    """The event in one sentence of a report; `extra`: further clauses, in order."""
    told = [_clause(measure, figures[measure.code]) for measure in kind.measures if measure.code in figures]
    clauses = [
        f"{time}，{_without_stop(_without_subject(title, department))}",
        *map(_without_stop, extra),
        *told,
    ]
    return "，".join(clause for clause in clauses if clause) + "。"


def _without_subject(title: str, department: str) -> str:
    return title if title.startswith(department) else f"{department}{title}"


def _without_stop(text: str) -> str:
    return text.strip().rstrip("。；，")


def _clause(measure: Measure, amount: Amount) -> str:
    return f"{measure.label}{said(amount, measure.unit)}"


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What differs between two versions: (field, before, after), in the later one's order."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


class Version(Protocol):
    """What a version of anything says: labels and words, in the form's order."""

    @property
    def stated(self) -> dict[str, str]: ...


Kept = TypeVar("Kept", bound=Version)


def with_changes(versions: Sequence[Kept]) -> list[tuple[Kept, list[tuple[str, str, str]]]]:
    """Each of the versions, the newest first, with what differs from the one before it."""
    before: list[dict[str, str]] = [*(one.stated for one in versions[1:]), {}]
    return [(one, changes(old, one.stated)) for one, old in zip(versions, before, strict=False)]
