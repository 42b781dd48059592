"""The 一网通办 score: indicators in force, the values of every department, places, and what would raise them.

Values come from the daily tables and the catalogue, never from a scan of cases.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from yichuang.catalogue.queries.manual_history import manual_history
from yichuang.directory.queries import department_names
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Missing
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.paging import PAGE, Page, cut, decode
from yichuang.kernel.times import SHANGHAI
from yichuang.statistics.flow.efficiency import ONLINE_CHANNELS
from yichuang.statistics.flow.scores import ENTERED, ENTRY_DAYS, Direction
from yichuang.statistics.models import Indicator, IndicatorEntry, IndicatorSet
from yichuang.statistics.queries.cells import cells
from yichuang.statistics.rules import scores as rules
from yichuang.statistics.rules.scores import Result, Value, Yardstick

PACKAGED = Path(__file__).resolve().parent.parent / "fixtures" / "indicators.json"
ELSEWHERE = "其他部门"
Values = dict[UUID, dict[str, Value]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a department stands. `department_id` and `results` are empty for one that the reader may not see."""

    department_id: UUID | None
    name: str
    total: Decimal | None
    rank: int | None
    former_total: Decimal | None
    former_rank: int | None
    results: tuple[Result, ...]

    @property
    def rise(self) -> int | None:
        """Places gained against the former period; negative: lost."""
        return None if self.rank is None or self.former_rank is None else self.former_rank - self.rank

    @property
    def advice(self) -> str:
        """What to do to rise."""
        return rules.advice_words(rules.advice(self.results))


@dataclass(frozen=True, slots=True)
class Scores:
    """The standings of a period, best first, by the indicators in force on its last day; compared with `former`."""

    valid_from: date | None
    yardsticks: tuple[Yardstick, ...]
    former: tuple[date, date]
    standings: tuple[Standing, ...]


def indicator_sets() -> list[IndicatorSet]:
    """Every set, newest first, with its indicators. Two statements."""
    return list(IndicatorSet.objects.prefetch_related("indicators").order_by("-valid_from"))


def set_in_force(day: date) -> IndicatorSet | None:
    """The set that is valid on a day."""
    return IndicatorSet.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


def yardsticks_of(found: IndicatorSet | None) -> tuple[Yardstick, ...]:
    """The indicators of a set in their order."""
    rows = found.indicators.order_by("position") if found else ()
    return tuple(yardstick(row) for row in rows)


def yardstick(row: Indicator) -> Yardstick:
    """A stored indicator as the arithmetic takes it."""
    return Yardstick(
        row.code, row.label, row.unit, row.weight, Direction(row.direction), row.full_value, row.zero_value,
        row.target, row.measure,
    )  # fmt: skip


def packaged_yardsticks() -> tuple[Yardstick, ...]:
    """The example set that is delivered with the platform: what the form shows before the first set is saved."""
    data = json.loads(PACKAGED.read_text(encoding="utf-8"))["indicators"]
    return tuple(
        Yardstick(
            row["code"], row["label"], row["unit"], row["weight"], Direction(row["direction"]),
            Decimal(row["full_value"]), Decimal(row["zero_value"]), Decimal(row["target"]), row["measure"],
        )
        for row in data
    )  # fmt: skip


def scores(first_day: date, last_day: date, *, by: Actor) -> Scores:
    """Every department of the province that has items in use. A head sees the own one, the others without name.

    The former period is measured by the same indicators, so that a change of rules is no change of place.
    """
    chosen = set_in_force(last_day)
    yardsticks = yardsticks_of(chosen)
    former = rules.former_period(first_day, last_day)
    if not yardsticks:
        return Scores(None, (), former, ())
    now = _results(yardsticks, values(first_day, last_day, yardsticks))
    before = _results(yardsticks, values(*former, yardsticks))
    names = department_names()
    totals = {key: rules.total(found) for key, found in now.items()}
    earlier = {key: rules.total(found) for key, found in before.items()}
    places = rules.ranks({str(key): total for key, total in totals.items()})
    former_places = rules.ranks({str(key): total for key, total in earlier.items()})
    rows = [
        Standing(
            key, names.get(key, "（已撤销的部门）"), totals[key], places.get(str(key)), earlier.get(key),
            former_places.get(str(key)), found,
        )
        for key, found in now.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: (row.rank or len(rows) + 1, row.name, str(row.department_id)))
    return Scores(
        chosen.valid_from if chosen else None, yardsticks, former, tuple(_seen(row, by) for row in rows)
    )


def standing(department_id: UUID, first_day: date, last_day: date, *, by: Actor) -> tuple[Scores, Standing]:
    """One department's place with every indicator. Raises Missing out of the reader's reach."""
    if not by.reaches(department_id):
        raise Missing
    found = scores(first_day, last_day, by=by)
    mine = next((row for row in found.standings if row.department_id == department_id), None)
    if mine is None:
        raise Missing("这个部门没有得分。", how="只有有在用事项的省级部门参加一网通办评价。")
    return found, mine


def _seen(row: Standing, by: Actor) -> Standing:
    return (
        row if by.reaches(row.department_id) else replace(row, department_id=None, name=ELSEWHERE, results=())
    )


def _results(yardsticks: Sequence[Yardstick], found: Values) -> dict[UUID, tuple[Result, ...]]:
    return {key: rules.results(yardsticks, each) for key, each in found.items()}


def values(first_day: date, last_day: date, yardsticks: Sequence[Yardstick]) -> Values:
    """The value of every indicator for every provincial department with items in use, by indicator code."""
    counted = _counts(first_day, last_day)
    entered = _entered(last_day, [each.code for each in yardsticks if each.measure == ENTERED])
    found: Values = {}
    for body, counts in counted.items():
        mine = dict(entered.get(body, {}))
        for each in yardsticks:
            pair = counts.get(each.measure)
            value = rules.of_counts(*pair) if pair else None
            if value is not None:
                mine[each.code] = value
        found[body] = mine
    return found


def _counts(first: date, last: date) -> dict[UUID, dict[str, tuple[int, int]]]:
    """The two counts of every computed measure by department."""
    until = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    found: dict[UUID, dict[str, tuple[int, int]]] = {}
    for body, items, guides, full_online in sql.rows(
        sql.statement(__file__, "score_coverage"), {"until": until}
    ):
        found[body] = {"guides": (guides, items), "full_online": (full_online, guides)}
    for body, each in manual_history(first, last).departments.items():
        found[body]["manuals"] = (each.in_force, each.items)
    handled = cells(first_day=first, last_day=last).counted()
    for body in found.keys() & handled.departments():
        counts: Mapping[str, Any] = handled.values(None, body)
        whole = counts["concluded"]
        found[body] |= {f"{code}_share": (counts[code], whole) for code in ("early", "on_time", "instant")}
    asked = {"first": first, "last": last, "department": None, "online": list(ONLINE_CHANNELS)}
    filed: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for body, _, all_filed, online, *_ in sql.rows(sql.statement(__file__, "efficiency_counts"), asked):
        filed[body][0] += online
        filed[body][1] += all_filed
    for body in found.keys() & filed.keys():
        found[body]["online_filed"] = (filed[body][0], filed[body][1])
    return found


def _entered(last: date, codes: list[str]) -> Values:
    asked = {"since": last - timedelta(days=ENTRY_DAYS - 1), "last": last, "codes": codes}
    found: Values = defaultdict(dict)
    for code, body, value, source in sql.rows(sql.statement(__file__, "score_entries"), asked):
        found[body][code] = Value(value, source=source)
    return found


def entries(*, after: str = "", size: int = PAGE) -> Page[IndicatorEntry]:
    """What was entered, newest first, a page at a time. One statement."""
    found = IndicatorEntry.objects.order_by("-pk")
    key = decode(after, parts=1)
    last = parse_uuid(key[0]) if key else None
    if last is not None:
        found = found.filter(pk__lt=last)
    return cut(list(found[: size + 1]), size=size, key=lambda row: (str(row.pk),), after=after)
