"""Comparing two versions of a guide."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.rules.changes import Change, compare_guides
from yichuang.catalogue.rules.guide import guide_data
from yichuang.catalogue.tests.material_of_guides import data_of, guide_of

NAME = "water-taking"


def changed(**values: object) -> list[Change]:
    return compare_guides(data_of(NAME), data_of(NAME) | values)


def test_a_guide_does_not_differ_from_itself() -> None:
    assert compare_guides(data_of(NAME), data_of(NAME)) == []
    assert compare_guides(guide_data(guide_of(NAME)), guide_data(guide_of(NAME))) == []


def test_one_word() -> None:
    (change,) = changed(name="取水许可（新）")
    assert change == Change("name", "名称", "取水许可", "取水许可（新）")


def test_a_number_deep_down_has_a_readable_place() -> None:
    data = data_of(NAME)
    data["limits"]["promised"]["days"] = 30
    (change,) = compare_guides(data_of(NAME), data)
    assert change == Change("limits.promised.days", "办理时限 · 承诺时限 · 天数", "35", "30")


def test_lists_of_words_are_shown_whole() -> None:
    (change,) = changed(channels=["online"])
    assert (change.old, change.new) == ("online；window；mobile；post", "online")


def test_yes_and_no() -> None:
    data = data_of(NAME)
    data["fee"]["charged"] = True
    (change,) = compare_guides(data_of(NAME), data)
    assert (change.old, change.new) == ("否", "是")


def test_an_element_that_came_or_went() -> None:
    (came,) = changed(variant="首次申请")
    assert (came.old, came.new) == (None, "首次申请")
    data = data_of(NAME)
    del data["item_code_note"]
    (went,) = compare_guides(data_of(NAME), data)
    assert went.old == "省级事项编码未取得，暂用内部编号"
    assert went.new is None


def test_a_material_is_followed_by_its_code() -> None:
    data = data_of(NAME)
    data["materials"].insert(0, data["materials"].pop())
    assert compare_guides(data_of(NAME), data) == []
    data["materials"][0]["copies"] = 2
    (change,) = compare_guides(data_of(NAME), data)
    assert change.field == "materials.power_of_attorney.copies"
    assert change.label == "申请材料 · “power_of_attorney” · 份数"


def test_a_material_that_is_new_is_one_change() -> None:
    data = data_of(NAME)
    gone = data["materials"].pop(1)
    (change,) = compare_guides(data, data_of(NAME))
    assert change.field == f"materials.{gone['code']}"
    assert change.old is None
    assert gone["name"] in str(change.new)
    (back,) = compare_guides(data_of(NAME), data)
    assert back.new is None


def test_a_field_of_the_form_is_followed_through_its_section() -> None:
    data: dict[str, Any] = data_of(NAME)
    data["form"]["sections"][0]["fields"][1]["label"] = "申请人全称"
    (change,) = compare_guides(data_of(NAME), data)
    assert change.field == "form.sections.applicant.fields.applicant_name.label"
    assert (change.old, change.new) == ("申请人名称或者姓名", "申请人全称")


words = st.dictionaries(
    st.sampled_from(["name", "summary", "variant", "notes"]), st.text(max_size=4), max_size=4
)


@given(words, words)
def test_a_comparison_is_empty_exactly_when_nothing_differs(old: dict[str, str], new: dict[str, str]) -> None:
    assert (compare_guides(old, new) == []) == (old == new)


@given(words, words)
def test_comparing_the_other_way_round_swaps_the_sides(old: dict[str, str], new: dict[str, str]) -> None:
    there = {(change.field, change.old, change.new) for change in compare_guides(old, new)}
    back = {(change.field, change.new, change.old) for change in compare_guides(new, old)}
    assert there == back
