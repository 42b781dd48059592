"""What changed between two versions: random edits of a report, every kind of change, nothing lost, nothing moved."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.rules.comparison import Change, ChangedLine, changes, content_lines
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry
from yichuang.reports.tests.test_rules_composition import FULL, form

LINES = tuple(f"第{n}行" for n in range(6))


def kept(found: tuple[ChangedLine, ...], *wanted: Change) -> list[str]:
    return [line.text for line in found if line.change in wanted]


def difference(before: Content, after: Content) -> tuple[list[str], list[str]]:
    """What was removed, and what was added."""
    found = changes(content_lines(form(), before), content_lines(form(), after))
    return kept(found, Change.REMOVED), kept(found, Change.ADDED)


def test_the_same_text_has_no_change() -> None:
    assert {line.change for line in changes(LINES, LINES)} == {Change.SAME}
    assert changes((), ()) == ()


@pytest.mark.parametrize("place", range(6))
def test_a_line_put_in_anywhere_is_the_only_change(place: int) -> None:
    after = [*LINES[:place], "新行", *LINES[place:]]
    found = changes(LINES, after)
    assert kept(found, Change.ADDED) == ["新行"]
    assert not kept(found, Change.REMOVED)
    assert [line.text for line in found] == after


@pytest.mark.parametrize("place", range(6))
def test_a_line_taken_out_anywhere_is_the_only_change(place: int) -> None:
    found = changes(LINES, LINES[:place] + LINES[place + 1 :])
    assert kept(found, Change.REMOVED) == [LINES[place]]
    assert not kept(found, Change.ADDED)


@pytest.mark.parametrize("place", range(6))
def test_a_changed_line_is_removed_and_then_added(place: int) -> None:
    after = [*LINES[:place], "改过", *LINES[place + 1 :]]
    found = changes(LINES, after)
    changed = [line for line in found if line.change != Change.SAME]
    assert changed == [ChangedLine(Change.REMOVED, LINES[place]), ChangedLine(Change.ADDED, "改过")]


def test_a_first_version_is_all_new_and_an_emptied_one_all_gone() -> None:
    assert kept(changes((), LINES), Change.ADDED) == list(LINES)
    assert kept(changes(LINES, ()), Change.REMOVED) == list(LINES)


edits = st.lists(
    st.tuples(st.sampled_from(["put", "take", "change", "swap"]), st.integers(0, 20)), max_size=12
)


def edited(lines: list[str], steps: list[tuple[str, int]]) -> list[str]:
    """The lines after some edits, each at a place."""
    after = list(lines)
    for number, (what, raw) in enumerate(steps):
        place = raw % (len(after) + 1)
        if what == "put":
            after.insert(place, f"新{number}")
        elif place < len(after) and what == "take":
            del after[place]
        elif place < len(after) and what == "change":
            after[place] = f"改{number}"
        elif place + 1 < len(after):
            after[place], after[place + 1] = after[place + 1], after[place]
    return after


@given(st.lists(st.sampled_from(LINES), max_size=15), edits)
def test_after_random_edits_both_versions_stand_in_the_difference(
    before: list[str], steps: list[tuple[str, int]]
) -> None:
    after = edited(before, steps)
    found = changes(before, after)
    assert kept(found, Change.SAME, Change.REMOVED) == before
    assert kept(found, Change.SAME, Change.ADDED) == after


@given(st.lists(st.sampled_from(LINES), max_size=15), edits)
def test_looking_back_swaps_added_and_removed(before: list[str], steps: list[tuple[str, int]]) -> None:
    after = edited(before, steps)
    there, back = changes(before, after), changes(after, before)
    assert len(kept(there, Change.ADDED)) - len(kept(there, Change.REMOVED)) == len(after) - len(before)
    assert len(kept(back, Change.ADDED)) - len(kept(back, Change.REMOVED)) == len(before) - len(after)


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=12), st.data())
def test_edits_of_other_lines_leave_a_line_alone(numbers: list[int], data: st.DataObject) -> None:
    """Where every line is unique, a line that only moved past inserted ones is not reported."""
    before = [f"行{n}" for n in numbers]
    after = list(before)
    for place in sorted(data.draw(st.sets(st.integers(0, len(before)), max_size=4)), reverse=True):
        after.insert(place, f"新{place}")
    assert kept(changes(before, after), Change.REMOVED) == []


def test_a_long_report_is_compared_line_by_line() -> None:
    """No line is taken for noise because it stands often."""
    before = ["总体情况良好。"] * 300
    assert kept(changes(before, [*before, "新"]), Change.ADDED) == ["新"]


def test_each_part_of_a_report_shows_its_own_change() -> None:
    new = Item("9", "新的一条。")
    cases = [
        (replace(FULL, items={**FULL.items, "efficiency": (*FULL.items["efficiency"], new)}), [], ["新的一条。"]),
        (replace(FULL, inspection={**FULL.inspection, "dress": "良好"}), [], ["着装情况：良好"]),
        (replace(FULL, inspection={"order": "一个窗口无人值守。"}), ["按时到岗情况：总体情况良好"], []),
        (replace(FULL, imprint=Imprint({"报": "中心领导", "发": "各部门窗口"}, 91)), ["共印 80 份"], ["共印 91 份"]),
        (replace(FULL, imprint=Imprint({"报": "", "发": "各部门窗口"}, 80)), ["报：中心领导"], []),
        (replace(FULL, visits=FULL.visits[1:]),
         ["8月30日，水利厅副厅长示例一到大厅窗口值守。他要求做好服务。"], []),
        (replace(FULL, visits=()), [
            "厅（局）长进大厅",
            "8月30日，水利厅副厅长示例一到大厅窗口值守。他要求做好服务。",
            "8月30日，水利厅副厅长示例二到大厅窗口值守。",
        ], []),
    ]  # fmt: skip
    for after, removed, added in cases:
        assert difference(FULL, after) == (removed, added)
        assert difference(after, FULL) == (added, removed)


def test_items_that_change_places_are_told() -> None:
    first, second = FULL.items["environment"]
    after = replace(FULL, items={**FULL.items, "environment": (second, first)})
    removed, added = difference(FULL, after)
    assert sorted(removed) == sorted(added) != []


def test_the_last_item_of_a_heading_that_moves_to_the_one_above_takes_the_heading_away() -> None:
    item = FULL.items["efficiency"][0]
    after = replace(FULL, items={"environment": (*FULL.items["environment"], item)})
    assert difference(FULL, after) == (["窗口服务效能提升工作情况"], [])
    apart = Content(
        items={"environment": (Item("1", "甲。"), Item("2", "乙。")), "efficiency": (Item("3", "丙。"),)}
    )
    moved = Content(
        items={"environment": (Item("1", "甲。"),), "efficiency": (Item("3", "丙。"), Item("2", "乙。"))}
    )
    assert difference(apart, moved) == (["乙。"], ["乙。"])


def test_ids_and_origins_are_no_words() -> None:
    """A contribution that was taken back and taken again under the same words is no change of the text."""
    same = {"efficiency": (Item("other", "丙厅上门服务。", "a-contribution"),)}
    assert difference(FULL, replace(FULL, items={**FULL.items, **same})) == ([], [])


def test_a_paragraph_of_an_item_is_a_line_of_its_own() -> None:
    before = Content(items={"efficiency": (Item("1", "甲。\n乙。\n丙。"),)})
    after = Content(items={"efficiency": (Item("1", "甲。\n丙。"),)})
    assert difference(before, after) == (["乙。"], [])


def test_the_imprint_stands_in_the_printed_order() -> None:
    mixed = Content(imprint=Imprint({"发": "丙", "报": "甲", "送": "乙"}, 5))
    assert content_lines(form(), mixed) == ("报：甲", "送：乙", "发：丙", "共印 5 份")


def test_what_belongs_to_no_heading_of_the_form_is_not_shown() -> None:
    stray = Content(items={"gone": (Item("1", "旧栏目。"),)}, inspection={"gone": "旧项目"})
    assert content_lines(form(), stray) == ("共印 0 份",)


def test_a_visit_whose_day_is_only_words_is_compared_by_its_words() -> None:
    visit = VisitEntry("1", date(2022, 8, 30), "8月30日", "张示例", "副厅长", "水利厅")
    before, after = Content(visits=(visit,)), Content(visits=(replace(visit, on=None, on_text="近日"),))
    assert difference(before, after) == (
        ["8月30日，水利厅副厅长张示例到大厅窗口值守。"], ["近日，水利厅副厅长张示例到大厅窗口值守。"],
    )  # fmt: skip
