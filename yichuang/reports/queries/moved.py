"""Printed figures whose days moved after they were printed: what an erratum may be offered for. A snapshot never changes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef

from yichuang.reports.models import Erratum, PrintedFigure, Report
from yichuang.statistics import queries as statistics
from yichuang.statistics.flow import LABELS_OF_GROUPS, Scope, measure_of

Key = tuple[str, str, str]
COUNTED = (str(Scope.WEEK), str(Scope.YEAR_TO_DATE))
REASON = "统计期末日以后补报的记录计入了本期"


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A figure as an issue printed it, and what its days come to now."""

    printed: PrintedFigure
    now: Decimal

    @property
    def old(self) -> str:
        """As it stands in its sentence; empty where the sentence writes it otherwise."""
        plain = f"{self.printed.value.normalize():f}"
        grouped = f"{self.printed.value.normalize():,f}"
        return next((one for one in (plain, grouped) if one in self.printed.sentence), "")

    @property
    def new(self) -> str:
        """The figure now."""
        return f"{self.now.normalize():f}"

    @property
    def query(self) -> str:
        """What the form of a correction begins with."""
        asked = {"figure": str(self.printed.pk), "old": self.old, "new": self.new, "reason": REASON}
        return urlencode(asked)


def moved_figures(report: Report) -> list[MovedFigure]:
    """The counted figures of an issue that its days no longer come to, save those whose correction was entered already."""
    if report.snapshot is None:
        return []
    corrected = Erratum.objects.filter(figure=OuterRef("pk"), withdrawn_at__isnull=True)
    printed = list(report.figures.filter(~Exists(corrected), scope__in=COUNTED))
    if not printed:
        return []
    snapshot = report.snapshot
    now = _values(snapshot.first_day, snapshot.last_day)
    # A department's figure has the same words as the whole: only what is printed once can be told apart.
    often = Counter(_key(row) for row in printed)
    return [
        MovedFigure(row, found)
        for row in printed
        if often[_key(row)] == 1 and (found := now.get(_key(row))) is not None and found != row.value
    ]


def _key(row: PrintedFigure) -> Key:
    return row.scope, row.type, row.measure


def _values(first: date, last: date) -> Mapping[Key, Decimal]:
    found = statistics.report_figures(first_day=first, last_day=last)
    return {
        (each.scope, LABELS_OF_GROUPS[each.group], measure_of(each.group, each.measure).label): Decimal(
            each.value
        )
        for each in found
        if each.department is None and each.value is not None
    }
