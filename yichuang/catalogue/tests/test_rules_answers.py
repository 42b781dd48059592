"""Checking and tidying answers: every message says what is wrong, what is right, and gives an example."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.rules.answers import check_answers, day, expected, missing, tidy
from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.forms import Field, FieldKind
from yichuang.catalogue.tests.material_of_guides import every_kind

FORM = every_kind()
TODAY = date(2022, 5, 13)


def problems(**changed: object) -> dict[str, str]:
    whole = example_answers(FORM) | changed
    return check_answers(
        FORM, {code: value for code, value in whole.items() if value is not None}, today=TODAY
    )


def test_the_examples_pass() -> None:
    assert problems() == {}


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("name", None, "请填写“名称”。例如：示例科技有限公司。"),
        ("name", "   ", "请填写“名称”"),
        ("colour", None, "请选择“颜色”"),
        ("code", "91510000MA00000073", "第18位校验码应为 2"),
        ("person", "510100199001010014", "不正确"),
        ("person", "510100202901010016", "不正确"),
        ("phone", "110", "11位手机号码"),
        ("count", 11, "应为整数，范围1至10台"),
        ("count", 1.0, "不接受浮点数"),
        ("power", "0.0", "过小：应为数字，最多1位小数，范围0.1至100"),
        ("power", "100.1", "过大"),
        ("power", 25.5, "不接受浮点数"),
        ("starts", "2022-02-30", "不是有效的日期"),
        ("starts", "2022-05-12", "过早：应为公历日期，按“年-月-日”填写，不早于2022-05-13，不晚于2023-05-13"),
        ("starts", "2023-05-14", "过晚"),
        ("ends", "2022-05-31", "“结束日期”早于“开始日期”：应不早于2022年6月1日。"),
        ("colour", "green", "请从所列选项中选择一项（红、蓝）"),
        ("uses", ["c"], "选择一项或者多项（甲、乙）"),
        ("promises", ["one"], "并勾选全部2条"),
        ("region", "110101000000", "四川省内的12位行政区划代码"),
        ("place", "30.6570,104.0650", "格式不符"),
        ("place", "121.4700,31.2300", "不在四川省范围内"),
        ("why", "长" * 1001, "不超过1000个字"),
        ("unheard_of", "x", "表单中没有这一项"),
        ("agent_kind", "man", "无需填写这一项"),
    ],
)
def test_a_wrong_answer_has_its_message(code: str, value: object, says: str) -> None:
    found = problems(**{code: value})
    assert list(found) == [code]
    assert says in found[code]


def test_a_message_gives_an_example() -> None:
    assert problems(code="1")["code"].endswith("例如：91510000MA00000072。")


def test_the_condition_is_evaluated_on_the_server() -> None:
    assert problems(agent="yes") == {"agent_kind": "请选择“代理人类别”。"}
    assert list(problems(agent="yes", agent_kind="firm")) == ["agent_code"]
    assert problems(agent="yes", agent_kind="man") == {}


def test_several_mistakes_are_all_named_at_once() -> None:
    assert set(problems(name=None, count=0, starts="x", other=1)) == {"name", "count", "starts", "other"}


def test_edges_of_a_range_are_inside() -> None:
    assert problems(power="0.1") == {}
    assert problems(power="100") == {}
    assert problems(starts="2022-05-13", ends="2022-05-13") == {}
    assert problems(starts="2023-05-13", ends="2023-05-13") == {}


def test_area_codes_are_looked_up_where_a_list_is_given() -> None:
    answers = example_answers(FORM)
    assert check_answers(FORM, answers, today=TODAY, regions={"510107000000"}) == {}
    wrong = check_answers(FORM, answers, today=TODAY, regions={"510104000000"})
    assert "不在现行区划名录中" in wrong["region"]


def test_nul_and_control_characters_are_ignored() -> None:
    assert problems(name="示例\x00公司\x07") == {}
    assert "请填写" in problems(name="\x00\x00")["name"]


@pytest.mark.parametrize(
    ("text", "expected_day"),
    [
        ("2022-10-01", date(2022, 10, 1)),
        ("today", TODAY),
        ("today+30", date(2022, 6, 12)),
        ("today-365", date(2021, 5, 13)),
    ],
)
def test_days_relative_to_the_business_day(text: str, expected_day: date) -> None:
    assert day(text, TODAY) == expected_day


@pytest.mark.parametrize("text", ["", "tomorrow", "today*2", "2022-13-01"])
def test_a_day_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day(text, TODAY)


def test_every_kind_says_what_it_expects() -> None:
    for item in FORM.fields():
        assert expected(item, TODAY)
    assert missing(Field("x", "水源", FieldKind.REGION)) == "请选择“水源”。"


def test_bounds_on_one_side_only() -> None:
    at_least = Field("x", "面积", FieldKind.DECIMAL, min="0", unit="公顷")
    at_most = Field("x", "面积", FieldKind.DECIMAL, max="70", unit="公顷")
    assert expected(at_least, TODAY).endswith("，不小于0公顷")
    assert expected(at_most, TODAY).endswith("，不大于70公顷")
    assert expected(Field("x", "面积", FieldKind.DECIMAL), TODAY) == "应为数字，最多3位小数"


def test_tidy_makes_answers_of_what_a_page_posts() -> None:
    posted = {
        "name": "  示例\x00公司 ",
        "code": " 91510000ma00000072",
        "person": "５１０１００１９９００１０１００１３",
        "count": "１２",
        "power": " 25.5 ",
        "uses": "a",
        "promises": ["one", "two"],
        "why": "",
        "agent": ["no", "yes", "no"],
        "agent_kind": "man",
        "csrfmiddlewaretoken": "abc",
    }
    assert tidy(FORM, posted) == {
        "name": "示例公司",
        "code": "91510000MA00000072",
        "person": "510100199001010013",
        "count": 12,
        "power": "25.5",
        "uses": ["a"],
        "promises": ["one", "two"],
        "agent": "no",
    }


def test_tidy_keeps_what_cannot_be_read_for_the_check() -> None:
    kept = tidy(FORM, {"count": "一百"})
    assert kept == {"count": "一百"}
    assert "应为整数" in check_answers(FORM, kept, today=TODAY)["count"]


def test_tidy_takes_lines_of_a_page_as_lines() -> None:
    assert tidy(FORM, {"why": "一\r\n二"}) == {"why": "一\n二"}


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
anything = scalars | st.lists(scalars, max_size=3)
posts = st.dictionaries(st.sampled_from([item.code for item in FORM.fields()] + ["x"]), anything, max_size=8)


@given(posts)
def test_no_answer_breaks_the_check(answers: dict[str, object]) -> None:
    found = check_answers(FORM, answers, today=TODAY)
    assert all(message.endswith("。") for message in found.values())


@given(posts)
def test_tidying_twice_changes_nothing(posted: dict[str, object]) -> None:
    once = tidy(FORM, posted)
    assert tidy(FORM, once) == once


@given(st.text())
def test_a_decimal_that_passes_is_one(text: str) -> None:
    if "power" not in problems(power=text):
        # As it is kept: control characters are ignored.
        assert 0 < float(str(tidy(FORM, example_answers(FORM) | {"power": text})["power"])) <= 100
