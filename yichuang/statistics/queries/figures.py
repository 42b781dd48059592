"""The figures of a period as a report prints them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from yichuang.catalogue.queries.manual_history import ManualHistory, manual_history
from yichuang.kernel.errors import Invalid
from yichuang.kernel.together import together
from yichuang.statistics import rules
from yichuang.statistics.flow import GROUPS, MANUALS, MEASURES, WINDOW, Form, Scope, measure_of
from yichuang.statistics.models import Snapshot
from yichuang.statistics.queries.carried import window_year_to_date, year_to_date
from yichuang.statistics.queries.cells import Cells, cells
from yichuang.statistics.queries.window import WindowActs, window_acts


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it covers, which measure, its value and unit. `department` None means all."""

    scope: str
    group: str
    department: UUID | None
    measure: str
    value: Decimal | int | None
    first_day: date
    last_day: date

    @property
    def unit(self) -> str:
        """The unit beside the number."""
        return measure_of(self.group, self.measure).unit

    def as_json(self) -> dict[str, Any]:
        """Canonical: decimals as text, so that a snapshot never rounds."""
        return {
            "scope": self.scope,
            "group": self.group,
            "department": self.department,
            "measure": self.measure,
            "value": str(self.value) if isinstance(self.value, Decimal) else self.value,
            "first_day": self.first_day,
            "last_day": self.last_day,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Figure":
        """The figure that `as_json` described."""
        value = given["value"]
        return cls(
            given["scope"],
            given["group"],
            UUID(given["department"]) if given["department"] else None,
            given["measure"],
            Decimal(value) if isinstance(value, str) else value,
            date.fromisoformat(given["first_day"]),
            date.fromisoformat(given["last_day"]),
        )


def report_figures(
    *, first_day: date, last_day: date, sealed_only: bool = False, period: Cells | None = None
) -> list[Figure]:
    """The whole figure set of a report: the period and the year to date, by group, and by department for the period.

    `sealed_only` leaves out what is not drained yet: the figures as of the newest seal. `period`: the cells of these very days
    where the caller has read them already.
    """
    if last_day < first_day:
        raise Invalid("统计期的结束日早于开始日。", fields={"last_day": "应不早于开始日"})
    if period is None:
        period = cells(first_day=first_day, last_day=last_day, sealed_only=sealed_only)
    found = _block(Scope.WEEK, period, first_day, last_day)
    for department in sorted(period.departments(), key=str):
        found += _block(Scope.WEEK, period, first_day, last_day, department)
    start = date(last_day.year, 1, 1)
    # None of them has many rows: what is read by department stands by itself.
    year, carried, history = together(
        lambda: cells(first_day=start, last_day=last_day, sealed_only=sealed_only, by_department=False),
        lambda: year_to_date(last_day, sealed_only=sealed_only),
        lambda: manual_history(first_day, last_day, sealed_only=sealed_only),
    )
    for figure in _block(Scope.YEAR_TO_DATE, year, start, last_day):
        total = carried.get((figure.group, figure.measure))
        value = figure.value if total is None else total
        found.append(Figure(figure.scope, figure.group, None, figure.measure, value, start, last_day))
    found += _window_figures(first_day, last_day, sealed_only)
    found += _manual_figures(history, first_day, last_day)
    return found


def _window_figures(first: date, last: date, sealed_only: bool) -> list[Figure]:
    """The acts of the window: of all, then by department; totals brought forward are in those of all alone."""
    start = date(last.year, 1, 1)

    @cache
    def done(since: date) -> WindowActs:
        return window_acts(first_day=since, last_day=last, sealed_only=sealed_only)

    # Mostly nothing was brought forward: then the year's acts are the same ones.
    totals = window_year_to_date(last, sealed_only=sealed_only, acts=done)
    found = []
    for scope, since in ((Scope.WEEK, first), (Scope.YEAR_TO_DATE, start)):
        acts = done(since)
        whole = totals if scope == Scope.YEAR_TO_DATE else acts.values()
        found += [Figure(scope, WINDOW, None, code, value, since, last) for code, value in whole.items()]
        found += [
            Figure(scope, WINDOW, department, code, value, since, last)
            for department in acts.departments()
            for code, value in acts.of(department).items()
            if value
        ]
    return found


def _manual_figures(history: ManualHistory, first: date, last: date) -> list[Figure]:
    """Manuals of the period and as of its last day; `share` is None where there is no item."""
    as_of = {
        "compiled": history.in_force,
        "items": history.items,
        "share": rules.share(history.in_force, history.items),
    }
    return [
        Figure(Scope.WEEK, MANUALS, None, "compiled", history.compiled, first, last),
        *(Figure(Scope.TO_DATE, MANUALS, None, code, value, last, last) for code, value in as_of.items()),
        *(
            Figure(Scope.WEEK, MANUALS, department, "compiled", count, first, last)
            for department, count in sorted(history.compiled_by.items(), key=str)
        ),
    ]


def _block(
    scope: Scope, read: Cells, first: date, last: date, department: UUID | None = None
) -> list[Figure]:
    return [
        Figure(scope, group, department, measure.code, value, first, last)
        for group in GROUPS
        if department is None or read.has(group, department)
        for values in [read.values(group, department)]
        for measure in MEASURES
        for value in [values[measure.code]]
        if department is None or value
    ]


def day_figures(as_of: date) -> list[tuple[str, str, int]]:
    """What happened on one day: (group, measure, count), the one-stop window last."""
    read = cells(first_day=as_of, last_day=as_of)
    counted = [measure.code for measure in MEASURES if measure.form == Form.COUNT]
    found = [
        (group, code, int(values[code] or 0))
        for group in GROUPS
        for values in [read.values(group)]
        for code in counted
    ]
    acts = window_acts(first_day=as_of, last_day=as_of).values()
    return [*found, *((WINDOW, code, count) for code, count in acts.items())]


def snapshot(snapshot_id: UUID) -> Snapshot | None:
    """One snapshot."""
    return Snapshot.objects.filter(pk=snapshot_id).first()


def manuals_by_department(first_day: date, last_day: date) -> list[tuple[str, int]]:
    """How many manuals were newly compiled in a period by department name, most first: 完成省市场监管局5个办理项的编制."""
    return [(name, count) for name, count in manual_history(first_day, last_day).by_department]
