"""The acts of the one-stop window (综窗), exact at any moment."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from yichuang.kernel import sql
from yichuang.statistics.flow import WINDOW_MEASURES
from yichuang.statistics.queries.cells import text

CODE_OF = {kind: measure.code for measure in WINDOW_MEASURES for kind in measure.kinds}
SUBJECT = "window_act"


@dataclass(frozen=True, slots=True)
class WindowActs:
    """What the window did in a period by measure and department; None: a consultation that concerns no department."""

    counts: dict[tuple[str, UUID | None], int]

    def values(self) -> dict[str, int]:
        """The four figures over all departments, zero where nothing happened."""
        found = dict.fromkeys(CODE_OF.values(), 0)
        for (code, _), count in self.counts.items():
            found[code] += count
        return found

    def of(self, department: UUID | None) -> dict[str, int]:
        """The four figures of one department, or of what concerns none."""
        return {code: self.counts.get((code, department), 0) for code in CODE_OF.values()}

    def departments(self) -> list[UUID]:
        """The departments that anything of the period concerns."""
        return sorted({department for _, department in self.counts if department is not None}, key=str)

    def has_general(self) -> bool:
        """Whether something concerns no department."""
        return any(department is None for _, department in self.counts)


def window_acts(*, first_day: date, last_day: date, sealed_only: bool = False) -> WindowActs:
    """Read a period: the daily table and what is not drained yet, in one statement.

    `sealed_only` leaves out what is not drained.
    """
    parameters = {
        "first": first_day, "last": last_day, "kinds": list(CODE_OF), "subject": SUBJECT, "sealed_only": sealed_only,
    }  # fmt: skip
    counts: dict[tuple[str, UUID | None], int] = defaultdict(int)
    for department, kind, count in sql.rows(text("window"), parameters):
        counts[CODE_OF[kind], department] += count
    return WindowActs(dict(counts))
