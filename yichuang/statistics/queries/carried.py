"""Figures of the year that continue totals published before the system, and those totals."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yichuang.kernel import sql
from yichuang.kernel.together import abreast
from yichuang.statistics import rules
from yichuang.statistics.flow import BROUGHT_FORWARD, GROUPS, WINDOW
from yichuang.statistics.models import BroughtForward
from yichuang.statistics.queries.cells import counts_alone
from yichuang.statistics.queries.window import WindowActs, window_acts


@dataclass(frozen=True, slots=True)
class Carried:
    """A figure of the year with its origin: what was brought forward up to which day, and what was counted since."""

    group: str
    measure: str
    brought: int
    covered: date | None
    counted: int
    sources: tuple[rules.Entry, ...]

    @property
    def total(self) -> int:
        """The figure that is published."""
        return self.brought + self.counted


# The entries of a year that hold; `sealed_only` as of the newest seal: what waits for the drain has not happened yet.
STANDING = """/*one plan*/
select b.item_group, b.measure, b.as_of, b.is_total, b.value, b.source
from statistics_broughtforward b
left join lateral (
    select bool_or(f.kind = 'brought_forward.entered') as entered, bool_or(f.kind = 'brought_forward.cancelled') as cancelled
    from journal_fresh f
    where %(sealed_only)s::boolean and f.subject_kind = 'brought_forward' and f.subject_id = b.id
) w on true
where b.as_of between %(first)s and %(last)s and (b.cancelled_at is null or w.cancelled) and not coalesce(w.entered, false)
"""
# What was counted from a day on, by group and measure.
Count = Callable[[date], Mapping[tuple[str, str], int]]


def year_to_date_with_source(as_of: date, *, sealed_only: bool = False) -> list[Carried]:
    """Accepted and concluded of the year up to a day by group, continuing the totals brought forward."""

    def count(first: date) -> dict[tuple[str, str], int]:
        read = counts_alone(first_day=first, last_day=as_of, sealed_only=sealed_only, by_department=False)
        return {
            (group, code): value
            for group in GROUPS
            for code, value in read.values(group).items()
            if isinstance(value, int)
        }

    return _continued(as_of, GROUPS, count, sealed_only)


def window_year_to_date_with_source(
    as_of: date, *, sealed_only: bool = False, acts: Callable[[date], WindowActs] | None = None
) -> list[Carried]:
    """The four acts of the one-stop window of the year up to a day, continuing the totals brought forward.

    `acts`: who has read what was done from a day on, or does it otherwise.
    """

    def count(first: date) -> dict[tuple[str, str], int]:
        read = acts(first) if acts else window_acts(first_day=first, last_day=as_of, sealed_only=sealed_only)
        return {(WINDOW, code): value for code, value in read.values().items()}

    return _continued(as_of, (WINDOW,), count, sealed_only)


def _continued(as_of: date, groups: Iterable[str], count: Count, sealed_only: bool) -> list[Carried]:
    entries: dict[tuple[str, str], list[rules.Entry]] = defaultdict(list)
    start = date(as_of.year, 1, 1)
    year = {"first": start, "last": date(as_of.year, 12, 31), "sealed_only": sealed_only}
    # Mostly something is counted from the year's first day on: not known yet, and asked beside.
    standing, whole = abreast(lambda: sql.rows(STANDING, year), lambda: count(start))
    for row in standing:
        entries[row[0], row[1]].append(rules.Entry(*row[2:]))
    found = []
    read: dict[date, Mapping[tuple[str, str], int]] = {start: whole}
    for key in [(group, measure) for group in groups for measure in BROUGHT_FORWARD[group]]:
        brought, covered = rules.carried(entries[key], as_of)
        first = start if covered is None else covered + timedelta(days=1)
        if first not in read:
            read[first] = count(first)
        sources = tuple(rules.valid_entries(entries[key], as_of))
        found.append(Carried(*key, brought, covered, read[first][key], sources))
    return found


def year_to_date(as_of: date, *, sealed_only: bool = False) -> dict[tuple[str, str], int]:
    """The published figures of the year by (group, measure): the three groups of cases."""
    found = year_to_date_with_source(as_of, sealed_only=sealed_only)
    return {(row.group, row.measure): row.total for row in found}


def window_year_to_date(
    as_of: date, *, sealed_only: bool = False, acts: Callable[[date], WindowActs] | None = None
) -> dict[str, int]:
    """The published figures of the year by measure of the one-stop window. `acts`: as there."""
    found = window_year_to_date_with_source(as_of, sealed_only=sealed_only, acts=acts)
    return {row.measure: row.total for row in found}


def sources(as_of: date) -> list[str]:
    """Where the totals brought forward into the year of a day were published, each source once."""
    valid = BroughtForward.objects.filter(cancelled_at__isnull=True, as_of__year=as_of.year, as_of__lte=as_of)
    return list(dict.fromkeys(valid.order_by("as_of", "source").values_list("source", flat=True)))


def brought_forward() -> list[BroughtForward]:
    """Entries, newest first, cancelled ones included."""
    return list(BroughtForward.objects.order_by("-as_of", "item_group", "measure", "-is_total"))
