"""Pure arithmetic of the 一网通办 score: points, totals, ranks, and what would raise them. No floats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from yichuang.statistics.flow.scores import (
    ENTERED,
    FULL_MARK,
    MOST_INDICATORS,
    SCORE_MEASURE,
    Direction,
)
from yichuang.statistics.rules.figures import TWO_PLACES, share


@dataclass(frozen=True, slots=True)
class Yardstick:
    """One indicator: its weight in points, and the values at which it earns all of them and none.

    `target` is what is asked for; `measure` names the computed measure, "" where the value is entered.
    """

    code: str
    label: str
    unit: str
    weight: int
    direction: Direction
    full_value: Decimal
    zero_value: Decimal
    target: Decimal
    measure: str = ENTERED

    def meets(self, value: Decimal) -> bool:
        """Whether a value reaches the target."""
        return value >= self.target if self.direction == Direction.HIGHER else value <= self.target


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an indicator for one department: of a computed share its two counts, of an entered one its source."""

    value: Decimal
    part: int | None = None
    whole: int | None = None
    source: str = ""


def of_counts(part: int, whole: int) -> Value | None:
    """A computed value; None where nothing is counted, for then the indicator does not apply."""
    percent = share(part, whole)
    return None if percent is None else Value(percent, part, whole)


def points(yardstick: Yardstick, value: Decimal) -> Decimal:
    """The points that a value earns: all at the full value, none at the zero value, in between in proportion."""
    reached = (value - yardstick.zero_value) / (yardstick.full_value - yardstick.zero_value)
    bounded = min(max(reached, Decimal(0)), Decimal(1))
    return (yardstick.weight * bounded).quantize(TWO_PLACES, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Result:
    """One indicator of one department. Without a value it is left out of the total."""

    yardstick: Yardstick
    value: Value | None

    @property
    def points(self) -> Decimal | None:
        """What it earned."""
        return None if self.value is None else points(self.yardstick, self.value.value)

    @property
    def lost(self) -> Decimal:
        """What it did not earn; nothing where it does not apply."""
        return Decimal(0) if self.points is None else self.yardstick.weight - self.points

    @property
    def missing(self) -> int | Decimal | None:
        """How many units are missing to full points: whole pieces of a share, else the distance in its own unit."""
        if self.value is None or not self.lost:
            return None
        if self.value.part is not None and self.value.whole is not None:
            wanted = self.yardstick.full_value * self.value.whole / 100
            return int(wanted.to_integral_value(ROUND_CEILING)) - self.value.part
        return abs(self.yardstick.full_value - self.value.value)


def results(yardsticks: Sequence[Yardstick], values: Mapping[str, Value]) -> tuple[Result, ...]:
    """Every indicator with the department's value."""
    return tuple(Result(each, values.get(each.code)) for each in yardsticks)


def total(found: Sequence[Result]) -> Decimal | None:
    """The score out of 100: of the indicators that apply, scaled to the whole; None where none applies."""
    weights = sum(each.yardstick.weight for each in found if each.points is not None)
    if not weights:
        return None
    earned = sum((each.points for each in found if each.points is not None), Decimal(0))
    return (earned * FULL_MARK / weights).quantize(TWO_PLACES, ROUND_HALF_UP)


def ranks(totals: Mapping[str, Decimal | None]) -> dict[str, int]:
    """The place of each: one more than how many are better; equals share a place; those without a score have none."""
    scored = [value for value in totals.values() if value is not None]
    return {
        key: 1 + sum(other > value for other in scored) for key, value in totals.items() if value is not None
    }


def advice(found: Sequence[Result]) -> Result | None:
    """Where most points were lost, the first of equals; None where nothing was lost."""
    worst = max(found, key=lambda each: each.lost, default=None)
    return worst if worst is not None and worst.lost > 0 else None


def advice_words(worst: Result | None) -> str:
    """What to do to rise, in words."""
    if worst is None or worst.missing is None:
        return "各项指标已得满分。"
    name, lost = worst.yardstick.label, f"{worst.lost:f}"
    measure = SCORE_MEASURE.get(worst.yardstick.measure)
    if measure is not None:
        return f"失分最多的是“{name}”，失 {lost} 分：再有 {worst.missing} {measure.piece}，这一项即得满分。"
    way = "提高" if worst.yardstick.direction == Direction.HIGHER else "减少"
    return f"失分最多的是“{name}”，失 {lost} 分：再{way} {worst.missing:f} {worst.yardstick.unit}，这一项即得满分。"


def former_period(first: date, last: date) -> tuple[date, date]:
    """The period to compare with: the month before a whole month, else as many days right before."""
    eve = first - timedelta(days=1)
    if (
        first.day == 1
        and (last + timedelta(days=1)).day == 1
        and (first.year, first.month) == (last.year, last.month)
    ):
        return eve.replace(day=1), eve
    return first - (last - first) - timedelta(days=1), eve


def faults(rows: Sequence[Yardstick]) -> dict[str, str]:
    """What is wrong with a set of indicators by field (`weight-2`); "" for the set as a whole."""
    wrong: dict[str, str] = {}
    codes = [row.code for row in rows]
    for place, row in enumerate(rows):
        wrong |= {f"{name}-{place}": words for name, words in _row_faults(row).items()}
        if row.code in codes[:place]:
            wrong[f"measure-{place}"] = "同一个指标只能列一次"
    summed = sum(row.weight for row in rows)
    if not 1 <= len(rows) <= MOST_INDICATORS:
        wrong[""] = f"指标应为 1 至 {MOST_INDICATORS} 个。"
    elif summed != FULL_MARK:
        wrong[""] = f"各项权重合计应为 100，现在是 {summed}。"
    return wrong


def _row_faults(row: Yardstick) -> dict[str, str]:
    higher = row.direction == Direction.HIGHER
    upward = row.full_value > row.zero_value if higher else row.full_value < row.zero_value
    checks = (
        ("weight", 1 <= row.weight <= FULL_MARK, "权重应为 1 至 100 的整数"),
        ("label", row.label, "请填写指标名称，例如：好差评满意率"),
        ("unit", row.unit, "请填写单位，例如：%"),
        ("full_value", upward, f"{row.direction.label}的指标，满分值应{'大于' if higher else '小于'}零分值"),
        ("measure", row.measure == ENTERED or row.measure in SCORE_MEASURE, "请从列表中选择取数方式"),
    )
    return {name: words for name, good, words in checks if not good}
