"""Whether the tables balance: on hand before, what came and went, on hand after; and totals that never fall."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from yichuang.cases.flow import State
from yichuang.directory.queries import department_names
from yichuang.kernel import sql
from yichuang.statistics import rules
from yichuang.statistics.flow import BY_CODE, GROUPS, LABELS_OF_GROUPS, WINDOW
from yichuang.statistics.queries.carried import window_year_to_date, year_to_date
from yichuang.statistics.queries.cells import counts_alone

OPEN = [str(state) for state in (State.RECEIVED, State.CORRECTING, State.REVIEW, State.SPECIAL)]
ENDED = ("case.decided", "case.refused", "case.withdrawn", "case.terminated")
Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Balance:
    """The cases on hand of a group and a department (None: of all) over a period.

    What came and went is read from the daily tables, both ends from the cases and their facts: two independent counts.
    """

    group: str
    department: UUID | None
    opening: int
    received: int
    moved_in: int
    moved_out: int
    concluded: int
    refused: int
    terminated: int
    closing: int

    @property
    def expected(self) -> int:
        """What should be on hand at the end."""
        came = self.opening + self.received + self.moved_in
        return came - self.moved_out - self.concluded - self.refused - self.terminated

    @property
    def difference(self) -> int:
        """What is there less what should be; 0: the row balances."""
        return self.closing - self.expected


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Something that does not add up: where, by how much, and in words what to do about it."""

    where: str
    difference: int
    words: str


def balances(first_day: date, last_day: date) -> list[Balance]:
    """One row a group and department that had anything, and one a group over all (department None). Reads facts."""
    opening = _standing(first_day - timedelta(days=1))
    closing = _standing(last_day)
    came, went = _moved(first_day, last_day)
    read = counts_alone(first_day=first_day, last_day=last_day).handled()
    keys = {key for key in (*opening, *closing, *came, *went, *read.counts) if key[0] in GROUPS}
    rows = []
    for group, department in sorted(keys, key=lambda key: (list(GROUPS).index(key[0]), str(key[1]))):
        key = (group, department)
        values = read.values(group, department)
        counts = {code: _whole(values[code]) for code in ("received", "concluded", "refused", "terminated")}
        rows.append(
            Balance(
                group, department, opening=opening[key], closing=closing[key], moved_in=came[key],
                moved_out=went[key], **counts,
            )
        )  # fmt: skip
    return [*(_sum(group, rows) for group in GROUPS), *rows]


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _sum(group: str, rows: list[Balance]) -> Balance:
    names = (
        "opening", "received", "moved_in", "moved_out", "concluded", "refused", "terminated", "closing",
    )  # fmt: skip
    mine = [row for row in rows if row.group == group]
    return Balance(group, None, **{name: sum(getattr(row, name) for row in mine) for name in names})


def _standing(day: date) -> Counter[Key]:
    found = sql.rows(sql.statement(__file__, "standing"), {"day": day, "ended": list(ENDED), "open": OPEN})
    return Counter({(group, department): count for group, department, count in found})


def _moved(first: date, last: date) -> tuple[Counter[Key], Counter[Key]]:
    came: Counter[Key] = Counter()
    went: Counter[Key] = Counter()
    asked = {"first": first, "last": last, "ended": list(ENDED)}
    for group, before, after, count in sql.rows(sql.statement(__file__, "moved"), asked):
        went[group, before] += count
        came[group, after] += count
    return came, went


def imbalances(first_day: date, last_day: date) -> list[Imbalance]:
    """Everything of a period that does not add up; empty: the figures may be published.

    Cases on hand by group and by department, and totals of the year that are lower than on the day before the period.
    """
    return imbalances_of(balances(first_day, last_day), department_names()) + fallen(first_day, last_day)


def imbalances_of(rows: Iterable[Balance], names: Mapping[UUID, str]) -> list[Imbalance]:
    """The rows that do not balance, in words."""
    return [
        Imbalance(
            f"{GROUPS[row.group]}，{names.get(row.department, '（已撤销的部门）') if row.department else '全部部门'}",
            row.difference,
            f"期末在办应为 {row.expected:,} 件，按办件记录逐件清点是 {row.closing:,} 件，"
            f"相差 {row.difference:+,} 件；请管理员核对事实账和日统计表。",
        )
        for row in rows
        if row.difference
    ]


def fallen(first_day: date, last_day: date) -> list[Imbalance]:
    """Totals of the year that fell during the period: a total brought forward must be wrong."""
    eve = first_day - timedelta(days=1)
    if eve.year != last_day.year:
        return []
    before, after = _totals(eve), _totals(last_day)
    found = []
    for key in rules.balanced(before, after):
        group, code = key.split(".")
        found.append(
            Imbalance(
                f"{LABELS_OF_GROUPS[group]}，今年以来{BY_CODE[code].label}", after[key] - before[key],
                f"累计数从 {before[key]:,} 变为 {after[key]:,}，不应减少；请核对承前数。",
            )
        )  # fmt: skip
    return found


def _totals(as_of: date) -> dict[str, int]:
    found = {f"{group}.{code}": value for (group, code), value in year_to_date(as_of).items()}
    return found | {f"{WINDOW}.{code}": value for code, value in window_year_to_date(as_of).items()}
