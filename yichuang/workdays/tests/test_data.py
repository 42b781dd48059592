import csv
from datetime import date

import pytest

from tests.material import shared
from yichuang.workdays.data import (
    FOLDER,
    UnreadableCalendarError,
    decode,
    packaged_calendar,
    packaged_notices,
    packaged_statutory_days,
    read_notices,
    read_statutory_days,
)
from yichuang.workdays.flow import DayKind, DaySource
from yichuang.workdays.rules import STATUTE, due_on

HEAD = "date,festival,kind,notice_url\n"
URL = "https://example.org/notice"


def test_the_packaged_notices_are_nine_and_hold_every_row_of_the_file() -> None:
    notices = packaged_notices()
    assert [notice.year for notice in notices] == list(range(2018, 2027))
    with (FOLDER / "workdays_holidays.csv").open(encoding="utf-8") as lines:
        rows = {
            (row["date"], row["festival"], row["kind"], row["notice_url"]) for row in csv.DictReader(lines)
        }
    read = {
        (day.date.isoformat(), day.festival, day.kind.value, notice.url)
        for notice in notices
        for day in notice.days
    }
    assert read == rows
    assert len(rows) == 315


def test_days_at_the_end_of_december_belong_to_the_next_years_notice() -> None:
    by_year = {notice.year: {day.date for day in notice.days} for notice in packaged_notices()}
    assert date(2018, 12, 31) in by_year[2019]
    assert date(2022, 12, 31) in by_year[2023]
    assert date(2022, 12, 31) not in by_year[2022]


def test_the_fixed_holidays_are_thirteen_days_a_year() -> None:
    days = packaged_statutory_days()
    for year in range(2027, 2031):
        named = [name for day in days if day.date.year == year for name in day.festival.split("、")]
        assert len(named) == 13
    assert len({day.date for day in days}) == len(days) == 51
    assert {day.basis for day in days} == {STATUTE}


@pytest.mark.parametrize("name", ["workdays_holidays.csv", "fixed_holidays.csv"])
def test_the_packaged_files_are_those_that_were_collected(name: str) -> None:
    assert (FOLDER / name).read_bytes() == shared(f"data/{name}").read_bytes()


def test_due_dates_of_the_collected_vectors() -> None:
    with shared("data/workday_vectors.csv").open(encoding="utf-8") as lines:
        vectors = list(csv.DictReader(lines))
    assert len(vectors) == 9
    for vector in vectors:
        accepted_on = date.fromisoformat(vector["accepted_on"])
        due = due_on(packaged_calendar(), accepted_on, int(vector["working_days"]))
        assert due.isoformat() == vector["deadline"]


def test_every_address_of_a_notice_is_named_among_the_sources() -> None:
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert [notice.year for notice in packaged_notices() if notice.url not in sources] == []


def test_a_file_is_grouped_by_address_and_sorted() -> None:
    text = (
        HEAD
        + f"2027-10-01,国庆节,holiday,{URL}\n2028-01-01,元旦,holiday,{URL}/28\n\n"
        + f"2026-12-31, 元旦 ,holiday,{URL}\n2027-01-01,元旦,holiday,{URL}\n,,,\n"
    )
    first, second = read_notices(text)
    assert (first.year, first.url, second.year, second.url) == (2027, URL, 2028, f"{URL}/28")
    assert [day.date.isoformat() for day in first.days] == ["2026-12-31", "2027-01-01", "2027-10-01"]
    assert {day.festival for day in first.days} == {"元旦", "国庆节"}


def test_columns_may_stand_in_any_order_with_others_between() -> None:
    text = f"notice_url,kind,remark,festival,date\n{URL},makeup_workday,x,元旦,2027-01-03\n"
    (notice,) = read_notices(text)
    assert notice.days[0].kind is DayKind.MAKEUP_WORKDAY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "表头缺少列：date、festival、kind、notice_url"),
        ("date,festival,kind\n2027-01-01,元旦,holiday\n", "表头缺少列：notice_url"),
        (HEAD, "文件中没有日期"),
        (HEAD + f"2027-1-1,元旦,holiday,{URL}\n", "第 2 行：日期“2027-1-1”不可读"),
        (HEAD + f"20270101,元旦,holiday,{URL}\n", "第 2 行：日期“20270101”不可读"),
        (HEAD + f"2027-02-30,元旦,holiday,{URL}\n", "第 2 行：日期“2027-02-30”不可读"),
        (
            HEAD + f"2027-01-01,元旦,holiday,{URL}\n2027-01-02,元旦,放假,{URL}\n",
            "第 3 行：类别“放假”不可识别",
        ),
        (HEAD + "2027-01-01,元旦,holiday,\n", "第 2 行：notice_url 应为通知的网址"),
        (HEAD + "2027-01-01,元旦,holiday,ftp://example.org\n", "第 2 行：notice_url 应为通知的网址"),
        (HEAD + "2027-01-01,元旦\n", "第 2 行：类别“”不可识别"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(UnreadableCalendarError, match=words):
        read_notices(text)


def test_a_file_of_fixed_holidays_needs_its_columns() -> None:
    with pytest.raises(UnreadableCalendarError, match="表头缺少列：name"):
        read_statutory_days("date\n2031-01-01\n")


def test_spreadsheets_of_three_encodings_are_read() -> None:
    text = HEAD + f"2027-01-01,元旦,holiday,{URL}\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert read_notices(decode(text.encode(encoding)))[0].days[0].festival == "元旦"
    with pytest.raises(UnreadableCalendarError, match="不是文本文件"):
        decode(b"\xff\xff\xff")


def test_kinds_and_sources_have_chinese_labels() -> None:
    assert [kind.label for kind in DayKind] == ["放假", "调休上班"]
    assert [source.label for source in DaySource] == ["国务院办公厅通知", "全国年节及纪念日放假办法"]
