"""Figures as tables: which columns a table has, what a cell shows, and where its number leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from yichuang.statistics import queries
from yichuang.statistics.flow import GROUPS, MEASURES, WINDOW_MEASURES, Form
from yichuang.statistics.pages.period import Period

Value = Decimal | int | None
CASES = {measure.code: measure for measure in MEASURES}
COUNTS = [measure.code for measure in MEASURES if measure.form == Form.COUNT]
RATES = [measure.code for measure in MEASURES if measure.form != Form.COUNT]
LINKED = {measure.code for measure in MEASURES if measure.form in (Form.COUNT, Form.SHARE)}


def head(first: str, codes: Iterable[str]) -> list[Any]:
    """The head of a table whose columns are measures: label and unit."""
    return [
        first,
        *({"label": f"{CASES[code].label}（{CASES[code].unit}）", "num": True} for code in codes),
    ]


def shown(value: Value) -> str | int:
    """A figure as a cell shows it: whole numbers are grouped by the table, decimals are exact, nothing is a dash."""
    if value is None:
        return "—"
    return value if isinstance(value, int) else f"{value:f}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of measures: what it is for and the values by measure."""

    label: str
    values: dict[str, Value]
    group: str = ""
    department: UUID | None = None

    def cells(self, codes: Iterable[str], period: Period | None) -> list[Any]:
        """The row for the table part; counted numbers lead to their cases where a period is given."""
        return [self.label, *(self._cell(code, period) for code in codes)]

    def _cell(self, code: str, period: Period | None) -> Any:
        value = self.values.get(code)
        if period is None or not value or code not in LINKED:
            return shown(value)
        return {
            "text": shown(value),
            "href": cases_link(code, period, group=self.group, department=self.department),
        }


def cases_link(measure: str, period: Period, *, group: str = "", department: UUID | None = None) -> str:
    """The list of the cases behind a number."""
    link = _cases_link(measure, period.first, period.last, group)
    return link if department is None else f"{link}&department={department}"


@lru_cache(1000)
def _cases_link(measure: str, first: date, last: date, group: str) -> str:
    """A page of figures has hundreds of these, one for each cell, which differ in the department alone."""
    asked = {"measure": measure, **Period(first, last, {}).query, **({"group": group} if group else {})}
    return f"/desk/figures/cases?{urlencode(asked)}"


def by_group(cells: queries.Cells) -> list[Row]:
    """One row a group, and their total."""
    rows = [Row(label, cells.values(group), group) for group, label in GROUPS.items()]
    return [*rows, Row("合计", cells.counted().values())]


def by_department(cells: queries.Cells, names: dict[UUID, str]) -> list[Row]:
    """One row a department that had anything in the period, by its name."""
    known = cells.counted()
    rows = [
        Row(names.get(department, "（已撤销的部门）"), known.values(None, department), department=department)
        for department in known.departments()
    ]
    return sorted(rows, key=lambda row: (row.label, str(row.department)))


def window_head(first: str) -> list[Any]:
    """The head of a table of the one-stop window."""
    return [first, *({"label": f"{each.label}（{each.unit}）", "num": True} for each in WINDOW_MEASURES)]


def window_rows(acts: queries.WindowActs, names: dict[UUID, str]) -> list[list[Any]]:
    """One row a department that the window's acts concern, by its name, and one for what concerns none."""
    rows = [
        [names.get(department, "（已撤销的部门）"), *acts.of(department).values()]
        for department in acts.departments()
    ]
    rows.sort(key=lambda row: str(row[0]))
    return [*rows, *([["不涉及具体部门", *acts.of(None).values()]] if acts.has_general() else [])]
