"""One figure through the issues: which figures there are, and what each issue printed for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from yichuang.kernel import sql
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.rules.reading.report import Scope
from yichuang.reports.rules.wording import number_line

SCOPE_LABELS = {Scope.WEEK: "本期", Scope.YEAR_TO_DATE: "今年累计", Scope.TO_DATE: "截至目前"}
MOST_ISSUES = 500
MOST_SERIES = 1000
_STATES = [str(state) for state in PUBLISHED]


@dataclass(frozen=True, slots=True)
class FigureKey:
    """What makes a figure the same in every issue: issuer, type, measure, scope, unit."""

    issuer: str
    type: str
    measure: str
    scope: Scope
    unit: str

    @property
    def name(self) -> str:
        """行政许可 办结 今年累计."""
        return " ".join(part for part in (self.type, self.measure, SCOPE_LABELS[self.scope]) if part)


@dataclass(frozen=True, slots=True)
class Known:
    """A figure with the number of issues that print it."""

    key: FigureKey
    issues: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a later issue says the figure should have been."""

    old: str
    new: str
    reason: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Printed:
    """What one issue printed for the figure, and by how much it differs from the issue before of the same year.

    `change` is None for the first issue of a year, and where one of both is approximate.
    """

    slug: str
    name: str
    year: int
    day: date | None
    value: Decimal
    approximate: bool
    sentence: str
    change: Decimal | None
    corrections: tuple[Corrected, ...]


def known_figures() -> list[Known]:
    """The figures that issues have printed, those in most issues first. One statement."""
    rows = sql.rows(
        "select r.issuer, f.type, f.measure, f.scope, f.unit, count(distinct r.id) as issues "
        "from reports_printedfigure f join reports_report r on r.id = f.report_id "
        "where r.state = any(%(states)s) and f.scope = any(%(scopes)s) "
        "group by r.issuer, f.type, f.measure, f.scope, f.unit "
        "order by issues desc, r.issuer, f.type, f.scope, f.measure, f.unit limit %(most)s",
        {"states": _STATES, "scopes": [scope.value for scope in Scope], "most": MOST_SERIES},
    )
    return [Known(FigureKey(row[0], row[1], row[2], Scope(row[3]), row[4]), row[5]) for row in rows]


def timeline(key: FigureKey, year: int | None = None) -> list[Printed]:
    """What the issues printed for a figure, oldest first; of an issue that prints it twice, the first. Two statements."""
    rows = sql.rows(
        "select * from (select distinct on (r.id) f.id, r.slug, r.year, r.number, r.total_number, "
        "coalesce(f.as_of, r.last_day, r.issued_on) as day, f.value, f.approximate, f.sentence "
        "from reports_printedfigure f join reports_report r on r.id = f.report_id "
        "where r.state = any(%(states)s) and r.issuer = %(issuer)s and f.type = %(type)s and f.measure = %(measure)s "
        "and f.scope = %(scope)s and f.unit = %(unit)s and (%(year)s::int is null or r.year = %(year)s::int) "
        "order by r.id, f.position) found order by year, number, slug limit %(most)s",
        {
            "states": _STATES, "issuer": key.issuer, "type": key.type, "measure": key.measure,
            "scope": key.scope.value, "unit": key.unit, "year": year, "most": MOST_ISSUES,
        },
    )  # fmt: skip
    corrections = _corrections([row[0] for row in rows])
    found: list[Printed] = []
    for id_, slug, of_year, number, total, day, value, approximate, sentence in rows:
        before = found[-1] if found and found[-1].year == of_year else None
        both = before is not None and not (before.approximate or approximate)
        found.append(
            Printed(
                slug, number_line(of_year, number, total), of_year, day, exact(value), approximate, sentence,
                exact(value - before.value) if before is not None and both else None,
                tuple(corrections.get(id_, ())),
            )
        )  # fmt: skip
    return found


def exact(value: Decimal) -> Decimal:
    """The value without the zeros that only the table's four places add; a whole number has none."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _corrections(figures: Sequence[UUID]) -> dict[UUID, list[Corrected]]:
    """Printed corrections by figure."""
    rows = sql.rows(
        "select e.figure_id, e.old, e.new, e.reason, r.slug, r.year, r.number, r.total_number from reports_erratum e "
        "join reports_report r on r.id = e.printed_in_id where e.figure_id = any(%(figures)s) order by e.at, e.id",
        {"figures": list(figures)},
    )
    found: dict[UUID, list[Corrected]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(
            Corrected(row[1], row[2], row[3], row[4], number_line(row[5], row[6], row[7]))
        )
    return found
