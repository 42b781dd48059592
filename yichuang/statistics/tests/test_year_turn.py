"""The turn of the year: a figure of the year begins on 1 January in Shanghai, with nothing of the year before."""

from datetime import UTC, date, datetime, timedelta

import pytest

from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import SHANGHAI
from yichuang.statistics import commands, queries
from yichuang.statistics.queries import Figure
from yichuang.statistics.tests.happenings import Happening, enter

pytestmark = pytest.mark.django_db
OLD, NEW = date(2022, 12, 31), date(2023, 1, 1)
LAST_MOMENT = datetime(2022, 12, 31, 23, 59, 59, 999_999, tzinfo=SHANGHAI)
FIRST_MOMENT = datetime(2023, 1, 1, tzinfo=SHANGHAI)


def accepted(as_of: date) -> int:
    """Licences accepted in the year up to a day."""
    return queries.year_to_date(as_of)["licence", "accepted"]


def bring(as_of: date, value: int, *, is_total: bool = True) -> None:
    commands.bring_forward(
        as_of=as_of, group="licence", measure="accepted", value=value, is_total=is_total, source="周报", by=SYSTEM,
        at=FIRST_MOMENT,
    )  # fmt: skip


def one(figures: list[Figure], scope: str, measure: str) -> Figure:
    (found,) = [
        figure
        for figure in figures
        if (figure.scope, figure.group, figure.measure, figure.department)
        == (scope, "licence", measure, None)
    ]
    return found


@pytest.mark.parametrize("drained", [False, True])
def test_a_microsecond_decides_the_year(drained: bool) -> None:
    enter(Happening(LAST_MOMENT, "case.accepted"))
    enter(Happening(FIRST_MOMENT, "case.accepted"))
    enter(Happening(FIRST_MOMENT, "case.accepted"))
    if drained:
        commands.close_batch(at=FIRST_MOMENT)
    assert (accepted(OLD), accepted(NEW)) == (1, 2)
    assert accepted(OLD - timedelta(days=1)) == 0
    assert accepted(date(2023, 12, 31)) == 2


@pytest.mark.parametrize("drained", [False, True])
def test_the_day_is_shanghais_whatever_zone_the_moment_is_told_in(drained: bool) -> None:
    """16:00 in Greenwich on 31 December is New Year in Shanghai; 15:59 is not."""
    enter(Happening(datetime(2022, 12, 31, 16, 0, tzinfo=UTC), "case.accepted"))
    enter(Happening(datetime(2022, 12, 31, 15, 59, 59, tzinfo=UTC), "case.accepted"))
    enter(Happening(datetime(2023, 1, 1, 3, 0, tzinfo=UTC), "case.accepted"))
    if drained:
        commands.close_batch(at=FIRST_MOMENT)
    assert (accepted(OLD), accepted(NEW)) == (1, 2)
    assert [(day, count) for day, _, count in queries.trend(first_day=OLD, last_day=NEW)] == [
        (OLD, 1),
        (NEW, 2),
    ]


def test_a_week_across_the_turn_counts_both_years_and_the_year_only_its_own() -> None:
    for moment in (LAST_MOMENT - timedelta(days=2), LAST_MOMENT, FIRST_MOMENT):
        enter(Happening(moment, "case.accepted"))
    figures = queries.report_figures(first_day=date(2022, 12, 26), last_day=NEW)
    week, year = one(figures, "week", "accepted"), one(figures, "year_to_date", "accepted")
    assert (week.value, year.value) == (3, 1)
    assert (week.first_day, week.last_day) == (date(2022, 12, 26), NEW)
    assert (year.first_day, year.last_day) == (NEW, NEW)


def test_totals_of_the_old_year_end_with_it() -> None:
    bring(OLD, 600_000)
    bring(OLD - timedelta(days=30), 7, is_total=False)
    enter(Happening(FIRST_MOMENT, "case.accepted"))
    assert (accepted(OLD), accepted(NEW)) == (600_000, 1)
    (row,) = [
        row
        for row in queries.year_to_date_with_source(NEW)
        if (row.group, row.measure) == ("licence", "accepted")
    ]
    assert (row.brought, row.covered, row.counted, row.sources) == (0, None, 1, ())
    assert queries.sources(NEW) == []


def test_a_total_of_the_last_day_covers_the_whole_year_and_counts_nothing_twice() -> None:
    enter(Happening(LAST_MOMENT, "case.accepted"))
    bring(OLD, 1)
    assert accepted(OLD) == 1


def test_a_total_of_new_years_day_is_followed_by_the_second() -> None:
    enter(Happening(FIRST_MOMENT, "case.accepted"))
    bring(NEW, 10)
    assert accepted(NEW) == 10
    enter(Happening(FIRST_MOMENT + timedelta(days=1), "case.accepted"))
    assert accepted(NEW + timedelta(days=1)) == 11


@pytest.mark.parametrize("leap", [2024, 2023])
def test_the_year_has_all_its_days(leap: int) -> None:
    last = date(leap, 12, 31)
    days = (last - date(leap - 1, 12, 31)).days
    for step in (0, 58, 59, 60, days - 1):
        enter(Happening(datetime(leap, 1, 1, 12, tzinfo=SHANGHAI) + timedelta(days=step), "case.accepted"))
    assert accepted(last) == 5
    assert accepted(date(leap, 3, 1)) == (3 if leap % 4 else 4)
    assert accepted(date(leap, 2, 28)) == 2


def test_a_case_accepted_in_the_old_year_and_decided_in_the_new_counts_once_in_each() -> None:
    subject = enter(Happening(LAST_MOMENT, "case.accepted"))
    enter(Happening(FIRST_MOMENT, "case.decided", promptness="instant", days_used=0, limit_days=20), subject)
    commands.close_batch(at=FIRST_MOMENT)
    old, new = queries.year_to_date(OLD), queries.year_to_date(NEW)
    assert (old["licence", "accepted"], old["licence", "concluded"]) == (1, 0)
    assert (new["licence", "accepted"], new["licence", "concluded"]) == (0, 1)
