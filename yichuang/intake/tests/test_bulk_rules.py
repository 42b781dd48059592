"""Cells, columns and rows of a file of filings, judged by the rules of the form."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue import fixtures
from yichuang.catalogue.rules.answers import check_answers, checker_of, tidy
from yichuang.catalogue.rules.form_faults import example_answers
from yichuang.catalogue.rules.forms import Choice, Field, FieldKind
from yichuang.catalogue.rules.guide import Guide, read_guide
from yichuang.intake.rules import bulk_columns as columns
from yichuang.intake.rules.bulk_cells import cell_of, converter, day_of, figure_of, whole_of
from yichuang.intake.rules.bulk_rows import Faulty, Reader, Sound, Terms, papers_of, unmet
from yichuang.intake.rules.drafting import Party, review
from yichuang.intake.tests import factories_bulk as bulk

TODAY = date(2022, 5, 16)
REGIONS = {"510107000000": "成都市武侯区", "511602000000": "广安市广安区"}
COMPANY = Party("company", "示例科技有限公司", "91510000MA00000072", "13800000000", "示例路1号", "李示例")


def guide_of(name: str = bulk.RENEWAL) -> Guide:
    data = next(data for found, data in fixtures.guides() if found == name)
    return read_guide(dict(data))


GUIDE = guide_of()


def terms(
    header: list[str], *, party: Party | None = COMPANY, today: date = TODAY, papers: bool = False
) -> Terms:
    listed = columns.columns_of(GUIDE.form, for_others=party is None)
    return Terms(GUIDE, columns.guess(header, listed), party, today, REGIONS, "seal", papers)


def read(row: dict[str, str], *, party: Party | None = COMPANY, number: int = 2) -> Sound | Faulty:
    return Reader(terms(list(row), party=party)).read(number, list(row.values()), {})


def sound(row: dict[str, str], **given: Party | None) -> Sound:
    found = read(row, **given)  # type: ignore[arg-type]
    assert isinstance(found, Sound), found
    return found


def faults(row: dict[str, str], **given: Party | None) -> dict[str, str]:
    found = read(row, **given)  # type: ignore[arg-type]
    assert isinstance(found, Faulty), found
    names = list(row)
    return {names[int(place)] if place else "": words for place, words in found.faults.items()}


ROW = bulk.rows(1)[0]


def test_days_and_figures_are_read_as_people_write_them() -> None:
    for text in (
        "2022-05-13",
        "2022/5/13",
        "2022.5.13",
        "2022年5月13日",
        "20220513",
        "２０２２年５月１３日",
        "2022-05-13 00:00:00",
    ):
        assert day_of(text) == "2022-05-13", text
    assert [day_of(text) for text in ("5月13日", "2022-13", "13/5/2022")] == [
        "5月13日",
        "2022-13",
        "13/5/2022",
    ]
    read_as = {
        "1,234,567": "1234567",
        "438.000": "438.000",
        "１２": "12",
        "1,23": "1,23",
        "约三": "约三",
    }
    assert {text: figure_of(text) for text in read_as} == read_as
    assert [whole_of(text) for text in ("12.0", "1,200", "12.5")] == ["12", "1200", "12.5"]


def test_choices_are_read_by_label_value_or_yes_and_no() -> None:
    two = Field("q", "问", FieldKind.CHOICE, choices=(Choice("yes", "需要"), Choice("no", "不需要")))
    choose = converter(two, {})
    assert choose is not None
    assert [choose(text) for text in ("需要", "yes", "是", "√", "不需要", "否", "无", "也许")] == [
        "yes", "yes", "yes", "yes", "no", "no", "no", "也许",
    ]  # fmt: skip
    many = replace(two, kind=FieldKind.MULTI, choices=(Choice("a", "甲。"), Choice("b", "乙")))
    several = converter(many, {})
    every = converter(replace(many, every=True), {})
    assert several is not None
    assert every is not None
    assert several("甲；乙;甲") == ["a", "b"]
    assert several("丙") == ["丙"]
    assert every("全部") == ["a", "b"]
    region = converter(replace(two, kind=FieldKind.REGION, choices=()), {"武侯区": "510107000000"})
    assert region is not None
    assert (region("武侯区"), region("510107000000")) == ("510107000000", "510107000000")


@pytest.mark.parametrize("name", [name for name, _ in fixtures.guides()])
def test_an_answer_written_as_a_cell_is_read_as_the_same_answer(name: str) -> None:
    form = guide_of(name).form
    answers = tidy(form, example_answers(form))
    for code, value in answers.items():
        field = form.field(code)
        assert field is not None
        convert = converter(field, {})
        cell = cell_of(field, value)
        assert tidy(form, answers | {code: convert(cell) if convert else cell})[code] == value


def test_headings_are_recognised_remembered_and_complained_of() -> None:
    listed = columns.columns_of(GUIDE.form, for_others=False)
    header = ["联系人 *", "licence_no", "台站的名字", "错误说明", "备注"]
    mapping = columns.guess(header, listed, {"台站的名字": "station_name"})
    assert mapping == ["contact_name", "licence_no", "station_name", "", ""]
    wrong = columns.header_faults(header, mapping, listed)
    assert any("缺少必填的列“申请继续使用至”" in one.message for one in wrong if one.stops)
    assert [one.message for one in wrong if not one.stops] == ["列“备注”不属于这个事项：不导入也可以提交。"]
    near = columns.header_faults(["台站名字"], [""], listed)
    assert any("是不是“台站名称”" in one.message for one in near)
    twice = columns.header_faults(["联系人", "联系人"], ["contact_name", "contact_name"], listed)
    assert [one.message[:8] for one in twice][:2] == ["列名“联系人”出", "有 2 列都对应"]
    others = columns.columns_of(GUIDE.form, for_others=True)
    assert [one.label for one in others][:4] == ["申请人名称", "证件类型", "证件号码", "联系电话"]
    assert len({one.label for one in others}) == len(others)
    assert {one.label for one in others if one.is_identifier} >= {
        "证件号码",
        "原电台执照编号",
        "台站所在县（市、区）",
    }
    assert "邮政编码" not in {one.label for one in others if one.is_identifier}


def test_a_row_is_judged_as_a_filing_is() -> None:
    found = sound(ROW)
    answers = bulk.answers_of(ROW) | {
        "applicant_name": COMPANY.name, "credit_code": COMPANY.paper_number, "legal_representative": "李示例",
        "address": "示例路1号", "contact_phone": "13800000000",
    }  # fmt: skip
    alone = review(GUIDE, answers, (), today=TODAY, regions=REGIONS)
    assert alone.is_complete
    assert found.answers == Reader(terms(list(ROW))).read(9, list(ROW.values()), {}).answers  # type: ignore[union-attr]
    assert faults(ROW | {"原执照有效期截止日": "2028年13月1日"}) == {
        "原执照有效期截止日": "“原执照有效期截止日”不是有效的日期：应为公历日期，按“年-月-日”填写。例如：2028-12-31。"
    }
    assert set(faults(ROW | {"台站名称": "", "是否委托代理人办理": "不清楚"})) == {
        "台站名称",
        "是否委托代理人办理",
    }
    assert (
        "批量申报不能上传文件"
        in faults(
            ROW
            | {"是否委托代理人办理": "是", "代理人姓名": "张示例", "代理人身份证号码": "510100199001010013"}
        )[""]
    )
    assert "本账号只能为" in faults(ROW | {"统一社会信用代码": "91510000MA0000090M"})["统一社会信用代码"]
    assert sound(ROW | {"统一社会信用代码": "91510000MA00000072"}).answers == found.answers


def test_the_key_is_of_the_content_not_of_its_place() -> None:
    found = sound(ROW)
    turned = dict(reversed(ROW.items()))
    assert sound(turned).key == found.key, "the order of columns says nothing"
    assert sound(ROW | {"备注": "x"}).key == found.key
    assert sound(ROW | {"承诺日期": "2022-05-13", "承诺人": " 李示例 "}).key == found.key, (
        "spelling says nothing"
    )
    assert sound(ROW | {"台站名称": "示例山2号中继台"}).key != found.key
    other = Reader(replace(terms(list(ROW)), seal="other")).read(2, list(ROW.values()), {})
    assert isinstance(other, Sound)
    assert other.key != found.key
    without = {name: text for name, text in ROW.items() if name != "承诺日期"}
    tomorrow = Reader(terms(list(without), today=date(2022, 5, 17))).read(2, list(without.values()), {})
    assert isinstance(tomorrow, Sound)
    assert tomorrow.key == sound(without).key, "what the day fills in does not make another row of it"


def test_staff_name_the_applicant_of_each_row() -> None:
    row = {
        "申请人名称": "示例科技有限公司",
        "证件类型": "营业执照",
        "证件号码": "91510000ma00000072",
        "联系电话": "13800000001",
        **ROW,
    }
    row |= {"法定代表人或者负责人": "李示例", "通信地址": "示例路1号"}
    found = sound(row, party=None)
    assert found.applicant is not None
    assert found.applicant.paper_number == "91510000MA00000072"
    assert '"contact_phone":"13800000001"' in found.answers
    assert sound(row | {"证件号码": "91510000MA0000090M"}, party=None).key != found.key
    assert set(faults(row | {"证件号码": "91510000MA00000073", "申请人名称": ""}, party=None)) == {
        "证件号码",
        "申请人名称",
    }
    assert "证件类型" in faults(row | {"证件类型": "护照"}, party=None)


def test_what_the_reader_saw_stops_the_row() -> None:
    found = Reader(terms(list(ROW))).read(5, list(ROW.values()), {"3": "是公式"})
    assert isinstance(found, Faulty)
    assert (found.number, found.faults) == (5, {"3": "是公式"})


def test_items_that_need_files_are_told_from_those_that_do_not() -> None:
    assert unmet(GUIDE) == []
    water = guide_of("water-taking.json")
    assert [one.code for one in unmet(water)] == ["third_party_statement"]
    assert [code for code, _ in papers_of(water, {})] == ["third_party_statement"]


FORM = GUIDE.form
EXAMPLE = tidy(FORM, example_answers(FORM))
ODD = st.sampled_from(
    [
        "",
        " ",
        "是",
        "yes",
        "no",
        "2028-12-31",
        "2028-02-30",
        "91510000MA00000072",
        "\u3000a\u0000",
        "１２３",
        "x" * 101,
    ]
)


@given(
    st.dictionaries(
        st.sampled_from([one.code for one in FORM.fields()]),
        ODD | st.integers() | st.lists(ODD, max_size=3),
        max_size=6,
    )
)
def test_the_quick_look_finds_what_the_slow_one_finds(changes: dict[str, object]) -> None:
    """The schema's one look may only say "sound" where going through every field would find nothing either."""
    answers = {**EXAMPLE, **changes}
    checker = checker_of(FORM)
    slow = replace(checker, validator=_NeverSure(checker.validator))  # type: ignore[arg-type]
    for given_answers in (answers, checker.tidy(answers)):
        assert checker.check(given_answers, today=TODAY, regions=REGIONS) == slow.check(
            given_answers, today=TODAY, regions=REGIONS
        )
    assert check_answers(FORM, EXAMPLE, today=TODAY, regions=REGIONS) == {}


class _NeverSure:
    """A validator that never finds an answer sound at first sight."""

    def __init__(self, real: object) -> None:
        self._real = real

    def is_valid(self, _: object) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)
