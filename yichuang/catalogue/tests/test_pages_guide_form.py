"""Elements of a guide into controls of the editor and back: nothing is lost, nothing is invented."""

import copy
from typing import Any

import pytest
from django.http import QueryDict

from yichuang.catalogue import fixtures
from yichuang.catalogue.pages.guide_form import MAX_ENTRIES, Block, blocks, parse
from yichuang.catalogue.pages.places import sections_of
from yichuang.catalogue.rules.guide import guide_data, read_guide

GUIDES: dict[str, dict[str, Any]] = {name: guide_data(read_guide(data)) for name, data in fixtures.guides()}
WATER = GUIDES["water-taking.json"]
SECTIONS = [section.key for section in sections_of(WATER)]


def elements() -> dict[str, Any]:
    """The elements of 取水许可, to be changed at will."""
    return copy.deepcopy(WATER)


def post_of(drawn: list[Block], **changes: str | list[str] | None) -> QueryDict:
    """What a browser sends of drawn blocks, some controls changed (none: left out)."""
    posted = QueryDict(mutable=True)
    counts: dict[str, int] = {}
    for index, block in enumerate(drawn):
        for control in block.controls:
            posted.setlist(control.name, sent(control.value, control.entry.kind))
        if block.prefix:
            group = block.prefix.rpartition(".")[0]
            counts[group] = counts.get(group, 0) + 1
            posted[f"{block.prefix}.origin"] = block.origin
            posted[f"{block.prefix}.place"] = str(index + 1)
    for group, count in counts.items():
        posted[f"{group}.count"] = str(count)
    for name, value in changes.items():
        if value is None:
            posted.pop(name, None)
        else:
            posted.setlist(name, value if isinstance(value, list) else [value])
    return posted


def sent(value: object, kind: str) -> list[str]:
    """A control's value as a browser sends it: line ends as HTML says."""
    if kind == "multi":
        return [str(one) for one in value] if isinstance(value, list | tuple) else []
    if kind == "yesno":
        return ["yes" if value else "no"]
    return ["" if value is None else str(value).replace("\n", "\r\n")]


def section(key: str, of: dict[str, Any]) -> Any:
    """A page of the editor by its key."""
    return next(one for one in sections_of(of) if one.key == key)


def edited(key: str, **changes: str | list[str] | None) -> Any:
    """取水许可 after one section was posted with changes."""
    start = elements()
    page = section(key, start)
    return parse(page, start, post_of(list(blocks(page, start)), **changes))


@pytest.mark.parametrize("name", list(GUIDES))
def test_every_guide_survives_every_page_untouched(name: str) -> None:
    start = copy.deepcopy(GUIDES[name])
    for page in sections_of(start):
        parsed = parse(page, start, post_of(list(blocks(page, start))))
        assert parsed.problems == {}
        assert parsed.elements == GUIDES[name], page.key
        assert start == GUIDES[name]


@pytest.mark.parametrize("key", SECTIONS)
def test_what_was_typed_is_drawn_again_as_it_was(key: str) -> None:
    start = elements()
    page = section(key, start)
    posted = post_of(list(blocks(page, start)))
    for name in list(posted):
        if not name.endswith((".count", ".origin", ".place")) and posted[name] not in ("yes", "no"):
            posted[name] = f"错误的内容 {name}"
    drawn = {control.name: control for block in blocks(page, start, posted) for control in block.controls}
    for name, control in drawn.items():
        if control.entry.kind == "yesno":
            continue
        shown = control.value if control.entry.kind == "multi" else [control.value]
        assert shown == [f"错误的内容 {name}"]


def test_a_text_is_trimmed_and_freed_of_control_characters() -> None:
    parsed = edited("basic", name="  取水\x00许可\r\n", summary=" 第一行\r\n第二行 ")
    assert parsed.elements["name"] == "取水许可"
    assert parsed.elements["summary"] == "第一行\n第二行"


def test_lines_become_a_list_without_empty_ones() -> None:
    parsed = edited("conditions", conditions="第一条\r\n\r\n  第二条  \r\n")
    assert parsed.elements["conditions"] == ["第一条", "第二条"]
    assert edited("conditions", conditions="").elements["conditions"] == []


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("12", 12), ("-1", -1)])
def test_whole_numbers_are_read(text: str, value: int) -> None:
    assert edited("basic", visits_needed=text).elements["visits_needed"] == value


@pytest.mark.parametrize("text", ["", "一", "1.5", "1e3", "１", "9" * 10, " "])
def test_what_is_no_whole_number_is_told_at_its_control(text: str) -> None:
    problems = edited("basic", visits_needed=text).problems
    assert list(problems) == ["visits_needed"]
    assert "例如：20" in problems["visits_needed"]


def test_ticking_and_unticking_keeps_the_order() -> None:
    parsed = edited("basic", channels=["mobile", "online"])
    assert parsed.elements["channels"] == ["online", "mobile"]
    assert edited("basic", channels=None).elements["channels"] == []
    unknown = edited("basic", channels=["pigeon"])
    assert unknown.elements["channels"] == ["pigeon"]


def test_the_rule_of_counting_follows_the_unit() -> None:
    parsed = edited("limits", **{"limits.statutory.unit": "日"})
    limits = parsed.elements["limits"]
    assert limits["statutory"]["rule"] == "calendar_days_from_next_day"
    assert limits["promised"]["rule"] == "working_days_from_next_day"


def test_a_statutory_limit_without_days_is_none_at_all() -> None:
    assert edited("limits", **{"limits.statutory.days": ""}).elements["limits"]["statutory"] is None
    wrong = edited("limits", **{"limits.statutory.days": "许多"})
    assert "limits.statutory.days" in wrong.problems


def test_a_statutory_limit_can_be_given_where_there_was_none() -> None:
    start = elements()
    start["limits"]["statutory"] = None
    page = section("limits", start)
    changes = {
        "limits.statutory.days": "30",
        "limits.statutory.unit": "工作日",
        "limits.statutory.basis": "某法第一条",
    }
    parsed = parse(page, start, post_of(list(blocks(page, start)), **changes))
    assert parsed.elements["limits"]["statutory"] == {
        "days": 30,
        "unit": "工作日",
        "basis": "某法第一条",
        "assumed": False,
        "note": "",
        "rule": "working_days_from_next_day",
    }
    read_guide(parsed.elements)


PROMISE = {
    "commitment.duties": "承诺一\r\n承诺二",
    "commitment.liability": "撤销许可",
    "commitment.basis": "某条例第一条",
    "commitment.sample_percent": "10",
}


def test_a_commitment_comes_whole_or_not_at_all() -> None:
    assert edited("promise").elements["commitment"] is None
    parsed = edited("promise", **PROMISE)
    assert parsed.elements["commitment"]["duties"] == ["承诺一", "承诺二"]
    read_guide(parsed.elements)
    without = edited("promise", **(PROMISE | {"commitment.sample_percent": ""}))
    assert "commitment.sample_percent" in without.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes=是\r\nno = 否", [("yes", "是"), ("no", "否")]),
        ("yes＝是", [("yes", "是")]),
        ("a=b=c", [("a", "b=c")]),
        ("", []),
    ],
)
def test_choices_are_written_one_a_line(text: str, value: list[tuple[str, str]]) -> None:
    parsed = edited("form-0", **{"form.sections.0.fields.0.choices": text})
    choices = parsed.elements["form"]["sections"][0]["fields"][0]["choices"]
    assert [(one["value"], one["label"]) for one in choices] == value
    assert parsed.problems == {}


@pytest.mark.parametrize("text", ["是", "=是", "yes=", "yes=是\r\n否"])
def test_a_choice_without_value_or_label_is_told(text: str) -> None:
    name = "form.sections.0.fields.0.choices"
    assert list(edited("form-0", **{name: text}).problems) == [name]


def test_a_condition_is_written_in_one_line() -> None:
    name = "materials.1.only_if"
    assert edited("materials", **{name: "by_agent＝yes"}).elements["materials"][1]["only_if"] == {
        "field": "by_agent",
        "equals": "yes",
    }
    assert edited("materials", **{name: ""}).elements["materials"][1]["only_if"] is None
    assert list(edited("materials", **{name: "by_agent"}).problems) == [name]


def test_entries_are_put_where_their_place_says() -> None:
    names = [step["name"] for step in WATER["steps"]]
    last = len(names) - 1
    parsed = edited("steps", **{f"steps.{last}.place": "0"})
    assert [step["name"] for step in parsed.elements["steps"]] == [names[last], *names[:last]]
    same = edited("steps", **{"steps.0.place": "nonsense"})
    assert [step["name"] for step in same.elements["steps"]] == names


def test_removed_and_empty_entries_are_left_out() -> None:
    emptied = {f"steps.0.{name}": "" for name in ("name", "post", "days", "what")}
    parsed = edited("steps", **emptied, **{"steps.1.remove": "yes"})
    assert [step["name"] for step in parsed.elements["steps"]] == [
        step["name"] for step in WATER["steps"][2:]
    ]
    assert parsed.problems == {}


def test_a_half_filled_new_entry_is_kept_and_what_it_lacks_is_told() -> None:
    spare = len(WATER["steps"])
    parsed = edited("steps", **{f"steps.{spare}.name": "公示"})
    assert parsed.elements["steps"][-1]["name"] == "公示"
    assert list(parsed.problems) == [f"steps.{spare}.days"]


def test_parts_of_the_form_keep_their_questions_wherever_they_go() -> None:
    parts = WATER["form"]["sections"]
    parsed = edited("form", **{"form.sections.2.place": "0", "form.sections.0.remove": "yes"})
    kept = parsed.elements["form"]["sections"]
    assert [one["code"] for one in kept] == [
        parts[2]["code"],
        parts[1]["code"],
        *(one["code"] for one in parts[3:]),
    ]
    assert kept[0]["fields"] == parts[2]["fields"]


def test_a_part_that_is_renamed_keeps_its_questions() -> None:
    parsed = edited("form", **{"form.sections.1.code": "renamed"})
    assert parsed.elements["form"]["sections"][1]["fields"] == WATER["form"]["sections"][1]["fields"]
    assert parsed.elements["form"]["sections"][1]["code"] == "renamed"


@pytest.mark.parametrize("count", ["-1", "x", "", "99999999999", str(MAX_ENTRIES + 5)])
def test_a_count_that_was_tampered_with_does_no_harm(count: str) -> None:
    parsed = edited("steps", **{"steps.count": count})
    assert len(parsed.elements["steps"]) <= len(WATER["steps"])


def test_controls_of_other_pages_change_nothing() -> None:
    parsed = edited("steps", name="偷换的名称", item_code="other", department="other")
    assert parsed.elements == WATER


def test_every_list_offers_one_empty_entry() -> None:
    start = elements()
    drawn = list(blocks(section("materials", start), start))
    assert [block.spare for block in drawn] == [False] * len(start["materials"]) + [True]
    assert drawn[-1].title == "新增申请材料"
    assert drawn[0].title == f"申请材料 1：{start['materials'][0]['name']}"
    assert drawn[0].origin == start["materials"][0]["code"]
