from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.workdays import queries
from yichuang.workdays.commands import Loaded, import_notice, import_notices, load_packaged
from yichuang.workdays.data import packaged_calendar, packaged_notices, packaged_statutory_days
from yichuang.workdays.flow import DayKind, DaySource
from yichuang.workdays.models import CalendarDay, CalendarNotice
from yichuang.workdays.rules import Notice, due_date, revised
from yichuang.workdays.tests.factories import (
    AT,
    CLERK,
    STRANGER,
    URL_2027,
    days_2027,
    moved,
    notice_2027,
    off,
    worked,
)

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


def load() -> Loaded:
    return load_packaged(AT, SYSTEM)


def enter(notice: Notice, at: datetime = AT) -> object:
    return import_notice(notice.days, title=notice.title, url=notice.url, at=at, by=CLERK)


def test_the_packaged_calendar_fills_the_table_exactly() -> None:
    loaded = load()
    assert [notice.year for notice in loaded.notices] == list(range(2018, 2027))
    assert all(notice.changed and not notice.replaced for notice in loaded.notices)
    assert loaded.statutory_days == len(packaged_statutory_days())
    assert loaded.recompute_from == date(2018, 1, 1)
    assert queries.stored_calendar() == packaged_calendar()
    assert queries.stored_calendar().version == packaged_calendar().version


def test_loading_twice_changes_nothing() -> None:
    load()
    ids = list(CalendarNotice.objects.order_by("id").values_list("id", flat=True))
    again = load_packaged(LATER, SYSTEM)
    assert not any(notice.changed for notice in again.notices)
    assert again.recompute_from is None
    assert list(CalendarNotice.objects.order_by("id").values_list("id", flat=True)) == ids
    assert CalendarDay.objects.count() == len(packaged_calendar().days)


def test_fixed_holidays_that_are_missing_come_back_with_the_next_load() -> None:
    load()
    CalendarDay.objects.filter(source=DaySource.STATUTE, date__year=2029).delete()
    again = load_packaged(LATER, SYSTEM)
    assert again.recompute_from == date(2029, 1, 1)
    assert queries.stored_calendar() == packaged_calendar()


def test_a_notice_makes_its_year_official() -> None:
    load()
    imported = import_notice(days_2027(), title="", url=URL_2027, at=AT, by=CLERK)
    assert (imported.year, imported.title) == (2027, "国务院办公厅关于2027年部分节假日安排的通知")
    assert imported.changed
    assert not imported.replaced
    assert imported.years == (2027, 2026)
    assert imported.recompute_from == date(2026, 12, 27)
    assert imported.days == len(days_2027())
    assert queries.stored_calendar() == revised(packaged_calendar(), notice_2027())
    assert not CalendarDay.objects.filter(source=DaySource.STATUTE, date__year=2027).exists()


def test_a_provisional_due_date_moves_and_is_settled_when_the_notice_comes() -> None:
    load()
    before = due_date(queries.calendar(), date(2027, 1, 29), 10)
    enter(notice_2027())
    after = due_date(queries.calendar(), date(2027, 1, 29), 10)
    assert (before.due_on, before.provisional) == (date(2027, 2, 16), True)
    assert (after.due_on, after.provisional) == (date(2027, 2, 19), False)


def test_the_same_notice_again_changes_nothing() -> None:
    load()
    enter(notice_2027())
    shuffled = tuple(reversed(days_2027()))
    again = import_notice(shuffled, title=" ", url=f" {URL_2027} ", at=LATER, by=CLERK)
    assert not again.changed
    assert again.recompute_from is None
    assert CalendarNotice.objects.filter(year=2027).count() == 1


def test_another_content_replaces_the_year_and_keeps_the_record() -> None:
    load()
    enter(notice_2027())
    corrected = moved(notice_2027(), "2027-10-09", "2027-10-10")
    imported = import_notice(corrected.days, title="更正后的通知", url=URL_2027, at=LATER, by=CLERK)
    assert imported.changed
    assert imported.replaced
    assert imported.recompute_from == date(2027, 10, 9)
    assert queries.stored_calendar().is_workday(date(2027, 10, 10))
    assert not queries.stored_calendar().is_workday(date(2027, 10, 9))
    current, former = (row for row in queries.notice_history() if row.year == 2027)
    assert (current.title, current.superseded_at, current.days) == ("更正后的通知", None, len(days_2027()))
    assert (former.superseded_at, former.days, former.imported_by) == (LATER, 0, CLERK.name)
    assert "2027-10-09" in CalendarNotice.objects.get(id=former.id).content


def test_a_correction_of_the_title_alone_moves_no_date() -> None:
    load()
    enter(notice_2027())
    renamed = import_notice(days_2027(), title="更正名称的通知", url=URL_2027, at=LATER, by=CLERK)
    assert renamed.replaced
    assert renamed.recompute_from is None


def test_a_year_that_a_person_imported_outlives_the_next_load() -> None:
    load()
    real = packaged_notices()[-1]
    entered = moved(real, "2026-10-10", "2026-10-11")
    enter(entered)
    again = load_packaged(LATER, SYSTEM)
    assert [notice.year for notice in again.notices] == list(range(2018, 2026))
    assert queries.stored_calendar().is_workday(date(2026, 10, 11))
    assert not queries.stored_calendar().is_workday(date(2026, 10, 10))


def test_a_fixed_holiday_that_the_notice_names_for_the_next_year_rests_on_the_notice() -> None:
    load()
    enter(notice_2027(*off("元旦", "2028-01-01", "2028-01-01")))
    day = CalendarDay.objects.get(date=date(2028, 1, 1))
    assert day.source == DaySource.NOTICE
    again = load_packaged(LATER, SYSTEM)
    assert again.recompute_from is None
    assert again.statutory_days == CalendarDay.objects.filter(source=DaySource.STATUTE).count()


def test_a_faulty_notice_is_refused_whole_and_says_every_fault() -> None:
    load()
    with pytest.raises(Invalid) as refused:
        enter(notice_2027(worked("2027-02-24", "春节"), without=["端午节"]))
    assert "2027-02-24 本来就是工作日" in refused.value.message
    assert "端午节" in refused.value.message
    assert refused.value.how
    assert queries.stored_calendar() == packaged_calendar()


def test_a_long_list_of_faults_is_cut_and_counted() -> None:
    many = [worked(f"2027-03-{day:02}", "春节") for day in (1, 2, 3, 4, 5, 8, 9)]
    with pytest.raises(Invalid, match=r"另有 2 处。"):
        enter(notice_2027(*many))


def test_an_empty_notice_is_refused() -> None:
    with pytest.raises(Invalid, match="没有日期"):
        import_notice([], title="", url=URL_2027, at=AT, by=CLERK)


def test_a_day_of_another_years_notice_is_a_conflict_that_names_it() -> None:
    load()
    enter(notice_2027())
    real = packaged_notices()[-1]
    greedy = replace(real, days=(*real.days, *off("元旦", "2026-12-27", "2026-12-27")))
    with pytest.raises(Conflict, match="2026-12-27 已由《国务院办公厅关于2027年"):
        enter(greedy)
    assert queries.stored_calendar() == revised(packaged_calendar(), notice_2027())


def test_the_notices_of_a_file_are_entered_all_or_none() -> None:
    faulty = replace(notice_2027(without=["春节"]), url="https://example.org/other")
    with pytest.raises(Invalid):
        import_notices([*packaged_notices(), faulty], at=AT, by=CLERK)
    assert not CalendarNotice.objects.exists()
    done = import_notices([*packaged_notices(), notice_2027()], at=AT, by=CLERK)
    assert [notice.year for notice in done] == list(range(2018, 2028))
    assert queries.stored_calendar().official_years == tuple(range(2018, 2028))


def test_who_may_not_import_changes_nothing() -> None:
    for attempt in (
        lambda: load_packaged(AT, STRANGER),
        lambda: import_notice(days_2027(), title="", url=URL_2027, at=AT, by=STRANGER),
        lambda: import_notices([notice_2027()], at=AT, by=STRANGER),
    ):
        with pytest.raises(Refused):
            attempt()
    assert not CalendarNotice.objects.exists()


def refused_by_the_database(**columns: object) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CalendarDay.objects.create(**columns)
    return str(refused.value)


def test_the_database_refuses_nonsense_days() -> None:
    good = {
        "date": date(2031, 1, 1),
        "kind": DayKind.HOLIDAY,
        "festival": "元旦",
        "source": DaySource.STATUTE,
    }
    assert "workdays_day_kind" in refused_by_the_database(**{**good, "kind": "half_day"})
    assert "workdays_day_source" in refused_by_the_database(**{**good, "source": DaySource.NOTICE})
    assert "workdays_day_source" in refused_by_the_database(**{**good, "kind": DayKind.MAKEUP_WORKDAY})
    assert "workdays_day_festival" in refused_by_the_database(**{**good, "festival": ""})
    assert "workdays_day_covered" in refused_by_the_database(**{**good, "date": date(2017, 12, 31)})


def test_the_database_refuses_a_second_notice_in_force_for_a_year() -> None:
    load()
    row = CalendarNotice.objects.get(year=2026)
    row.id = uuid4()
    row._state.adding = True
    with pytest.raises(IntegrityError, match="workdays_notice_one_current"), transaction.atomic():
        row.save()


def test_the_database_refuses_a_notice_without_hash_name_or_known_year() -> None:
    for column, value, constraint in (
        ("sha256", "0" * 63, "workdays_notice_sha256"),
        ("title", "", "workdays_notice_named"),
        ("year", 2017, "workdays_notice_year"),
    ):
        columns = {
            "id": uuid4(),
            "year": 2030,
            "title": "通知",
            "url": URL_2027,
            "content": "{}",
            "sha256": "0" * 64,
            "packaged": False,
            "imported_at": AT,
            "imported_by": CLERK.name,
        }
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            CalendarNotice.objects.create(**{**columns, column: value})
