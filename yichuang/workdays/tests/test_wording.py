from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from yichuang.workdays.data import packaged_calendar
from yichuang.workdays.rules import Hold, due_date, instant_due, revised
from yichuang.workdays.tests.factories import SHANGHAI, notice_2027

CALENDAR = packaged_calendar()
NOTICE_2022 = "（依据：《国务院办公厅关于2022年部分节假日安排的通知》）"


def why(accepted_on: str, days: int, *holds: Hold, extension: int = 0) -> tuple[str, ...]:
    return due_date(CALENDAR, date.fromisoformat(accepted_on), days, holds, extension).explanation


def test_the_whole_explanation_of_a_count_over_the_national_day() -> None:
    assert why("2022-09-26", 20) == (
        "2022年9月26日（周一）受理，办理期限20个工作日，受理当日不计入。",
        "自受理次日2022年9月27日（周二）起算第1个工作日。",
        f"2022年10月1日至7日国庆节放假，不计入{NOTICE_2022}。",
        f"2022年10月8日、9日（周六、周日）因国庆节调休上班，计入{NOTICE_2022}。",
        "其间另有周末（周六、周日）4天，不计入。",
        "第20个工作日为2022年10月27日（周四），期限于当日届满。",
    )


def test_a_count_without_anything_special_has_three_lines_and_the_weekend() -> None:
    assert why("2022-07-04", 5) == (
        "2022年7月4日（周一）受理，办理期限5个工作日，受理当日不计入。",
        "自受理次日2022年7月5日（周二）起算第1个工作日。",
        "其间有周末（周六、周日）2天，不计入。",
        "第5个工作日为2022年7月11日（周一），期限于当日届满。",
    )


def test_the_first_day_is_named_when_it_is_not_the_next() -> None:
    assert "自受理次日起算，第1个计入期限的工作日为2022年10月8日（周六）。" in why("2022-09-30", 5)
    for end, first in ((5, "6日（周三）"), (6, "7日（周四）")):
        held = Hold(date(2022, 7, 4), date(2022, 7, end))
        assert f"自受理次日起算，第1个计入期限的工作日为2022年7月{first}。" in why("2022-07-04", 5, held)


def test_a_holiday_over_the_turn_of_the_year_cites_the_notice_that_lays_it_down() -> None:
    expected = f"2022年12月31日至2023年1月2日元旦放假，不计入{NOTICE_2022}。".replace("于2022年", "于2023年")
    assert expected in why("2022-12-26", 10)


def test_a_holiday_over_the_turn_of_the_month_and_one_of_a_single_day() -> None:
    assert f"2022年4月30日至5月4日劳动节放假，不计入{NOTICE_2022}。" in why("2022-04-22", 20)
    assert any(line.startswith("2018年6月18日端午节放假") for line in why("2018-06-11", 10))


def test_acceptance_within_a_holiday_shows_only_the_days_after_it() -> None:
    assert f"2022年10月5日至7日国庆节放假，不计入{NOTICE_2022}。" in why("2022-10-04", 3)


def test_make_up_days_far_apart_stand_on_lines_of_their_own() -> None:
    lines = [line for line in why("2021-09-10", 25) if "调休上班" in line]
    assert [line[:10] for line in lines] == ["2021年9月18日", "2021年9月26日", "2021年10月9日"]


def test_a_weekday_that_a_notice_names_is_no_make_up_day() -> None:
    assert not any("2月3日" in line for line in why("2020-01-20", 10))
    assert due_date(CALENDAR, date(2020, 1, 23), 1).due_on == date(2020, 2, 3)


def test_a_hold_says_its_ground_and_its_days() -> None:
    lines = why("2022-09-26", 20, Hold(date(2022, 9, 30), date(2022, 10, 10), "检验"))
    assert "2022年9月30日至10月10日因检验暂停计算期限：2022年10月1日至10日有3个工作日，不计入。" in lines
    assert not any("调休上班，计入" in line for line in lines)


def test_a_hold_without_ground_or_without_effect() -> None:
    assert "2022年7月5日至6日暂停计算期限：2022年7月6日有1个工作日，不计入。" in why(
        "2022-07-04", 5, Hold(date(2022, 7, 5), date(2022, 7, 6))
    )
    weekend = Hold(date(2022, 7, 8), date(2022, 7, 10), "听证")
    assert "2022年7月8日至10日因听证暂停计算期限，其间没有需要扣除的工作日。" in why("2022-07-04", 5, weekend)
    early = Hold(date(2022, 6, 1), date(2022, 6, 2))
    assert "2022年6月1日至2日暂停计算期限，在受理之前结束，不影响期限。" in why("2022-07-04", 5, early)


def test_lines_stand_in_the_order_of_the_days() -> None:
    hold = Hold(date(2022, 10, 10), date(2022, 10, 12), "专家评审")
    passed = why("2022-09-26", 20, hold)[2:5]
    assert [line[:11] for line in passed] == ["2022年10月1日至", "2022年10月8日、", "2022年10月10日"]


def test_an_extension_is_added_in_words() -> None:
    lines = why("2022-09-26", 20, extension=10)
    assert "经批准延长10个工作日，合计30个工作日。" in lines
    assert lines[-1].startswith("第30个工作日为")


def test_a_limit_of_no_days_is_told_for_a_working_day_and_a_rest_day() -> None:
    assert why("2022-09-26", 0) == (
        "2022年9月26日（周一）受理，为即办事项（办理期限0个工作日）。",
        "受理当日为工作日，期限于当日（2022年9月26日）届满。",
    )
    lines = why("2022-10-06", 0)
    assert lines[1] == "受理当日为休息日，顺延至下一个工作日。"
    assert lines[-1] == "下一个工作日为2022年10月8日（周六），期限于当日届满。"


def test_an_extended_limit_of_no_days_is_an_ordinary_count() -> None:
    assert why("2022-07-04", 0, extension=3)[-1] == "第3个工作日为2022年7月7日（周四），期限于当日届满。"


def test_a_provisional_date_says_so_and_on_what_basis() -> None:
    fixed = why("2026-12-20", 20)
    assert "2027年1月1日元旦放假，不计入（依据：《全国年节及纪念日放假办法》）。" in fixed
    assert fixed[-1] == (
        "暂计：2027年部分节假日安排的通知尚未录入，该年日期按周六、周日和《全国年节及纪念日放假办法》"
        "规定的放假日推算，未计调休和补假；录入后将重新计算。"
    )
    bare = why("2030-12-20", 20)
    assert [line[:8] for line in bare[-2:]] == ["暂计：2030年", "暂计：2031年"]
    assert "仅按周六、周日休息推算" in bare[-1]


def test_nothing_is_provisional_once_the_notice_is_in() -> None:
    after = revised(CALENDAR, notice_2027())
    lines = due_date(after, date(2026, 12, 20), 20).explanation
    assert not any(line.startswith("暂计") for line in lines)
    assert any(line.startswith("2026年12月27日（周日）因元旦调休上班") for line in lines)


def test_an_instant_item_is_told_by_the_minute() -> None:
    def told(*moment: int) -> tuple[str, ...]:
        return instant_due(CALENDAR, datetime(*moment, tzinfo=SHANGHAI)).explanation  # type: ignore[arg-type, misc]

    assert told(2022, 5, 6, 17, 30) == ("即办件于2022年5月6日（周五）17:30收到，未过当日17:30，当日办结。",)
    assert told(2022, 5, 5, 17, 31) == (
        "即办件于2022年5月5日（周四）17:31收到，已过当日17:30，顺延至下一个工作日2022年5月6日（周五）办结。",
    )
    rest = told(2022, 5, 2, 9, 5)
    assert (
        rest[0]
        == "即办件于2022年5月2日（周一）09:05收到，当日为休息日，顺延至下一个工作日2022年5月5日（周四）办结。"
    )
    assert rest[1].startswith("2022年5月3日至4日劳动节放假")


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.integers(0, 90), st.integers(0, 20))
def test_every_explanation_ends_on_the_due_date_and_reads_as_sentences(
    accepted_on: date, days: int, extension: int
) -> None:
    due = due_date(CALENDAR, accepted_on, days, extension=extension)
    told = [line for line in due.explanation if not line.startswith("暂计")]
    assert f"{due.due_on.year}年{due.due_on.month}月{due.due_on.day}日" in told[-1]
    assert all(line.endswith("。") and "None" not in line for line in due.explanation)
    assert due.provisional == (len(told) < len(due.explanation))
