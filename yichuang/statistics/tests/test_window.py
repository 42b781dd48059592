"""The figures of the one-stop window: exact while some acts are drained and some are not, continued, frozen, shown."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.html import strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.directory.tests import factories as people
from yichuang.journal.commands import NewFact, record
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.keys import uuid7
from yichuang.statistics import commands, queries
from yichuang.statistics.flow import WINDOW_MEASURES
from yichuang.statistics.models import DailyWindow, Snapshot
from yichuang.statistics.queries import Figure
from yichuang.statistics.tests.happenings import DEPARTMENTS, Happening, enter, moment
from yichuang.statistics.tests.test_pages import MAY, analyst, browser, words

KINDS = ("window.consulted", "window.accepted", "window.handed_over", "window.issued")
FIRST, LAST = date(2022, 5, 2), date(2022, 5, 8)
AT = moment(LAST)


def act(day: date, kind: str, quantity: int = 1, department: UUID | None = None) -> None:
    """One act at the window, as its own command records it."""
    at = moment(day)
    new = NewFact(uuid7(at), "window_act", kind, department_id=department, quantity=quantity)
    record(new, by=SYSTEM, at=at)


def some(chance: random.Random, length: int) -> list[tuple[date, str, int, UUID | None]]:
    """Acts of any kind before, in and after the week, now and then forty pieces at once."""
    return [
        (
            date(2022, 4, 20) + timedelta(days=chance.randrange(30)),
            chance.choice(KINDS),
            chance.choice((1, 1, 1, 40, 1000)),
            chance.choice((None, *DEPARTMENTS)),
        )
        for _ in range(length)
    ]


def recounted(told: list[tuple[date, str, int, UUID | None]], first: date, last: date) -> dict[str, int]:
    """By hand, from the list."""
    names = dict(zip(KINDS, ("consulted", "accepted", "handed_over", "issued"), strict=True))
    found = dict.fromkeys(names.values(), 0)
    for day, kind, quantity, _ in told:
        if first <= day <= last:
            found[names[kind]] += quantity
    return found


def by_other_sql(first: date, last: date) -> list[tuple[Any, ...]]:
    """From the two tables in two statements without grouping by measure: nothing moves in between here."""
    drained = sql.rows(
        "select kind, department_id, sum(count)::bigint from statistics_dailywindow "
        "where day >= %(a)s and day <= %(b)s group by kind, department_id",
        {"a": first, "b": last},
    )
    waiting = sql.rows(
        "select kind, department_id, sum(quantity)::bigint from journal_fresh "
        "where kind like 'window.%%' and day >= %(a)s and day <= %(b)s group by kind, department_id",
        {"a": first, "b": last},
    )
    return [*drained, *waiting]


@pytest.mark.django_db
@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 25), st.integers(0, 25))
def test_acts_are_exact_while_some_are_drained_and_some_are_not(seed: int, drained: int, more: int) -> None:
    chance = random.Random(seed)
    told = some(chance, drained + more)
    with transaction.atomic():
        for one in told[:drained]:
            act(*one)
        while commands.close_batch(at=AT, limit=7):
            pass
        for one in told[drained:]:
            act(*one)
        for first, last in ((FIRST, LAST), (date(2022, 1, 1), date(2022, 12, 31)), (FIRST, FIRST)):
            read = queries.window_acts(first_day=first, last_day=last)
            assert read.values() == recounted(told, first, last)
            wanted: dict[tuple[str, UUID | None], int] = {}
            for kind, department, count in by_other_sql(first, last):
                key = (kind.removeprefix("window."), department)
                wanted[key] = wanted.get(key, 0) + count
            assert read.counts == wanted
            sealed = queries.window_acts(first_day=first, last_day=last, sealed_only=True)
            assert sealed.values() == recounted(told[:drained], first, last)
        before = queries.window_acts(first_day=FIRST, last_day=LAST)
        while commands.close_batch(at=AT, limit=3):
            pass
        assert queries.window_acts(first_day=FIRST, last_day=LAST) == before
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_general_consultation_has_one_cell_a_day() -> None:
    for _ in range(3):
        act(FIRST, "window.consulted", 5)
        while commands.close_batch(at=AT):
            pass
    (cell,) = DailyWindow.objects.all()
    assert (cell.department_id, cell.count) == (None, 15)
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyWindow.objects.create(day=FIRST, kind="window.consulted", department_id=None, count=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyWindow.objects.create(day=LAST, kind="window.consulted", department_id=None, count=-1)


@pytest.mark.django_db
def test_acts_and_cases_do_not_mix() -> None:
    """An acceptance at the window is no accepted case, and a case is no act of the window."""
    act(FIRST, "window.accepted", 7, DEPARTMENTS[0])
    enter(Happening(moment(FIRST), "case.accepted"))
    for _ in range(2):
        assert queries.window_acts(first_day=FIRST, last_day=LAST).values()["accepted"] == 7
        assert queries.cells(first_day=FIRST, last_day=LAST).values()["accepted"] == 1
        commands.close_batch(at=AT)


def bring(as_of: date, measure: str, value: int, *, total: bool = True, source: str = "2023年第43期") -> None:
    commands.bring_forward(
        as_of=as_of,
        group="window",
        measure=measure,
        value=value,
        is_total=total,
        source=source,
        by=SYSTEM,
        at=AT,
    )


@pytest.mark.django_db
def test_the_year_continues_what_was_published() -> None:
    """窗口工作周报 2023年第44期: 咨询 68,397 人次 up to 17 November, of which 2,085 in the week."""
    published = {"consulted": 66_312, "accepted": 17_783, "issued": 160_727, "handed_over": 276_358}
    week = {"consulted": 2_085, "accepted": 547, "issued": 1_327, "handed_over": 10_244}
    eve, first, last = date(2023, 11, 12), date(2023, 11, 13), date(2023, 11, 17)
    act(date(2023, 11, 1), "window.consulted", 999)
    for measure, value in published.items():
        bring(eve, measure, value)
    for measure, value in week.items():
        act(first, f"window.{measure}", value, DEPARTMENTS[0])
    figures = {
        (figure.scope, figure.measure): figure.value
        for figure in queries.report_figures(first_day=first, last_day=last)
        if figure.group == "window" and figure.department is None
    }
    assert {code: figures["week", code] for code in week} == week
    assert [figures["year_to_date", code] for code in ("consulted", "accepted", "issued", "handed_over")] == [
        68_397, 18_330, 162_054, 286_602,
    ]  # fmt: skip
    assert queries.window_year_to_date(last)["consulted"] == 68_397
    carried = {row.measure: row for row in queries.window_year_to_date_with_source(last)}
    assert (carried["issued"].brought, carried["issued"].counted) == (160_727, 1_327)
    assert [entry.source for entry in carried["issued"].sources] == ["2023年第43期"]
    assert queries.window_year_to_date(date(2024, 1, 5)) == dict.fromkeys(week, 0)


@pytest.mark.django_db
def test_only_what_a_group_has_is_brought_forward() -> None:
    for measure in ("concluded", "delivered", "compiled"):
        with pytest.raises(Invalid) as refused:
            bring(LAST, measure, 1)
        assert set(refused.value.fields) == {"measure"}
        assert "咨询" in refused.value.fields["measure"]
    bring(LAST, "consulted", 1)
    with pytest.raises(Conflict):
        bring(LAST, "consulted", 2)


@pytest.mark.django_db
def test_a_snapshot_has_the_window_and_an_old_one_stays_readable() -> None:
    act(FIRST, "window.issued", 12, DEPARTMENTS[1])
    made = commands.freeze(first_day=FIRST, last_day=LAST, by=SYSTEM, at=AT)
    act(FIRST, "window.issued", 100, DEPARTMENTS[1])
    figures = {
        (figure.scope, figure.department, figure.measure): figure.value
        for figure in commands.frozen_figures(made)
        if figure.group == "window"
    }
    assert figures["week", None, "issued"] == figures["week", DEPARTMENTS[1], "issued"] == 12
    assert figures["year_to_date", None, "issued"] == figures["year_to_date", DEPARTMENTS[1], "issued"] == 12
    # A snapshot from before the window had figures holds the three groups alone, in the same form.
    old = [figure for figure in commands.frozen_figures(made) if figure.group == "licence"]
    read = [Figure.from_json(figure.as_json() | {
        "department": None, "first_day": str(figure.first_day), "last_day": str(figure.last_day),
    }) for figure in old]  # fmt: skip
    assert [each.unit for each in read] == [each.unit for each in old]
    assert Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_pages_show_the_window_with_what_its_figures_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: moment(date(2022, 5, 13), 16))
    where = people.department("水利厅", "119", "川水")
    act(date(2022, 5, 10), "window.consulted", 2085)
    act(date(2022, 5, 10), "window.handed_over", 40, where.pk)
    public = " ".join(strip_tags(Client().get("/figures").content.decode().replace("<", " <")).split())
    assert "本周 2,085 0 40 0" in public
    for measure in WINDOW_MEASURES:
        assert measure.formula in public
    desk = words(browser(analyst()).get("/desk/figures", MAY))
    assert "水利厅 0 0 40 0" in desk
    assert "不涉及具体部门 2,085 0 0 0" in desk
    assert "合计 2,085 0 40 0" in desk
    assert "期末有效的受理手册 ÷ 省级办理项" in words(Client().get("/figures/definitions"))


@pytest.mark.django_db
def test_days_have_the_acts_of_the_window() -> None:
    act(FIRST, "window.consulted", 3)
    found = {(group, code): count for group, code, count in queries.day_figures(FIRST)}
    assert found["window", "consulted"] == 3
    assert found["licence", "accepted"] == 0
