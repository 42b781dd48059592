"""Figures as tables: which columns a table has, what a cell shows, and where its number leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from yichuang.statistics import queries
from yichuang.statistics.flow import BY_CODE, GROUPS, MEASURES, Form
from yichuang.statistics.pages.period import Period

Value = Decimal | int | None
COUNTS = [measure.code for measure in MEASURES if measure.form == Form.COUNT]
RATES = [measure.code for measure in MEASURES if measure.form != Form.COUNT]
LINKED = {measure.code for measure in MEASURES if measure.form in (Form.COUNT, Form.SHARE)}


def head(first: str, codes: Iterable[str]) -> list[Any]:
    """The head of a table whose columns are measures: label and unit."""
    return [
        first,
        *({"label": f"{BY_CODE[code].label}（{BY_CODE[code].unit}）", "num": True} for code in codes),
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
    asked: dict[str, str] = {"measure": measure, **period.query}
    if group:
        asked["group"] = group
    if department is not None:
        asked["department"] = str(department)
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
