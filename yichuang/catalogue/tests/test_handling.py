"""How an item is handled, in the guide: checked, edited, compared in words, kept by whoever does not name it."""

from dataclasses import replace
from typing import Any

import pytest

from yichuang.cases.rules.limits import COMPANIONS
from yichuang.catalogue.pages.guide_view import view_of
from yichuang.catalogue.rules.changes import compare_guides
from yichuang.catalogue.rules.completeness import errors
from yichuang.catalogue.rules.guide import Guide, guide_data, read_guide
from yichuang.catalogue.rules.handling import LIMIT_LABELS, Handling, StepLimit
from yichuang.catalogue.tests.factories import guide_data as packaged
from yichuang.catalogue.tests.test_pages_guide_form import edited


def water(**handling: Any) -> Guide:
    """The packaged guide with another handling."""
    return replace(read_guide(packaged()), handling=Handling(**handling))


def test_the_codes_of_limits_are_those_of_the_cases_room() -> None:
    assert set(LIMIT_LABELS) == set(COMPANIONS)


@pytest.mark.parametrize(
    ("handling", "path"),
    [
        ({"levels": ("third",)}, "handling.levels[0]"),
        ({"levels": ("second", "second")}, "handling.levels[1]"),
        ({"limit_rule": "art99"}, "handling.limit_rule"),
        ({"confidentiality": 4}, "handling.confidentiality"),
        ({"step_limits": (StepLimit("dreaming", 1),)}, "handling.step_limits[0].step"),
        ({"step_limits": (StepLimit("second", 1),)}, "handling.step_limits[0].step"),
        ({"step_limits": (StepLimit("review", 1), StepLimit("review", 2))}, "handling.step_limits[1].step"),
        ({"step_limits": (StepLimit("review", 0),)}, "handling.step_limits[0].days"),
        ({"step_limits": (StepLimit("review", 30), StepLimit("decide", 6))}, "handling.step_limits"),
        ({"may_follow": ("nothing",)}, "handling.may_follow[0]"),
        ({"renews_field": "nothing"}, "handling.renews_field"),
        ({"renews_field": "annual_volume"}, "handling.renews_field"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(handling: dict[str, Any], path: str) -> None:
    assert [found.path for found in errors(water(**handling))] == [path]


def test_what_fits_is_no_fault_and_procedures_stand_beside_the_levels() -> None:
    limits = (
        StepLimit("review", 20),
        StepLimit("second", 8),
        StepLimit("decide", 7),
        StepLimit("survey", 30),
    )
    fitting = water(levels=("second",), step_limits=limits, limit_rule="water19", renews_field="ends_on")
    assert errors(fitting) == []


def test_the_editor_takes_every_element() -> None:
    typed: dict[str, str | list[str] | None] = {
        "handling.levels": ["second", "countersign"],
        "handling.limit_rule": "art42",
        "handling.joint": "yes",
        "handling.confidentiality": "2",
        "handling.may_follow": "project_record\r\nbusiness_licence",
        "handling.renews_field": "ends_on",
        "handling.step_limits.0.days": "11",
    }
    parsed = edited("handling", **typed)
    assert parsed.problems == {}
    handling = read_guide(parsed.elements).handling
    assert (handling.levels, handling.limit_rule, handling.joint) == (
        ("second", "countersign"),
        "art42",
        True,
    )
    assert (handling.confidentiality, handling.renews_field) == (2, "ends_on")
    assert handling.may_follow == ("project_record", "business_licence")
    assert handling.days_of("review") == 11
    assert handling.days_of("countersign") is None


def test_a_limit_of_a_step_is_added_and_taken_away() -> None:
    count = len(read_guide(packaged()).handling.step_limits)
    more = edited(
        "handling",
        **{f"handling.step_limits.{count}.step": "expert_review", f"handling.step_limits.{count}.days": "15"},
    )
    assert read_guide(more.elements).handling.days_of("expert_review") == 15
    less = edited("handling", **{"handling.step_limits.0.remove": "yes"})
    assert len(read_guide(less.elements).handling.step_limits) == count - 1


def test_two_versions_are_compared_in_words() -> None:
    before, after = water(levels=("second",)), water(levels=("second", "countersign"), limit_rule="water19")
    found = {
        change.label: (change.old, change.new)
        for change in compare_guides(guide_data(before), guide_data(after))
    }
    assert found["办理方式 · 初审和审定之间的环节"] == ("复审", "复审；会签")
    assert found["办理方式 · 法定期限的条款"][1] == LIMIT_LABELS["water19"]
    assert len(found) == 2


def test_a_guide_that_says_nothing_is_handled_by_the_general_rules() -> None:
    data = packaged()
    del data["handling"]
    assert read_guide(data).handling == Handling()


def test_whoever_publishes_reads_the_handling_in_words() -> None:
    guide = water(
        levels=("second",),
        step_limits=(StepLimit("second", 8),),
        may_follow=("project_record",),
        renews_field="ends_on",
    )
    said = dict(view_of(guide).handling)
    assert said["审查环节"] == "初审 → 复审 → 审定"
    assert said["环节时限"] == "复审 8 个工作日"
    assert said["可以容缺后补"] == "建设项目备案证明"
    assert said["原许可到期日"] == "取水终止日期"
    assert said["密级"] == "公开"
    assert dict(view_of(water()).handling)["环节时限"] == "没有分环节承诺"
