"""The linter: each rule finds its fault, and a sound guide has none."""

from collections.abc import Callable
from typing import Any

import pytest

from yichuang.catalogue.rules.completeness import errors, lint
from yichuang.catalogue.rules.findings import ERROR, WARNING, Finding
from yichuang.catalogue.rules.guide import Guide, read_guide
from yichuang.catalogue.tests.material_of_guides import data_of

SOUND = "water-taking"


def guide(change: Callable[[dict[str, Any]], object]) -> Guide:
    data = data_of(SOUND)
    change(data)
    return read_guide(data)


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """A change that sets what stands at a path like limits.promised.days or materials.0.name."""
    *way, last = path.split(".")

    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for name in way:
            place = place[int(name)] if name.isdigit() else place[name]
        place[int(last) if last.isdigit() else last] = value

    return change


def found(path: str, value: object) -> list[Finding]:
    return lint(guide(put(path, value)))


def test_the_sound_guide_has_no_finding() -> None:
    assert lint(read_guide(data_of(SOUND))) == []


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        ("name", " ", "name", "不能为空"),
        ("summary", "", "summary", "不能为空"),
        ("conditions", [], "conditions", "至少应有一项"),
        ("audience", [], "audience", "至少应有一项"),
        ("channels", [], "channels", "至少应有一项"),
        ("channels", ["post"], "channels", "窗口或者网上"),
        ("visits_needed", -1, "visits_needed", "负数"),
        ("legal_basis", [], "legal_basis", "缺少设定依据"),
        ("legal_basis.0.article", "", "legal_basis[0].article", "未写明条款"),
        ("legal_basis.0.article", "总则", "legal_basis[0].article", "应写到条"),
        ("legal_basis.0.gist", "", "legal_basis[0]", "概述"),
        ("materials.0.name", "", "materials[0].name", "缺少材料名称"),
        ("materials.0.code", "申请书", "materials[0].code", "小写字母"),
        ("materials.1.code", "application", "materials[1].code", "重复"),
        ("materials.1.source_note", "", "materials[1].source_note", "从哪里来"),
        ("materials.1.copies", -1, "materials[1].copies", "负数"),
        ("materials.0.why_not_needed", "", "materials[0].why_not_needed", "免提交"),
        ("materials.0.copies", 1, "materials[0].copies", "份数应为0"),
        ("materials.2.situation", "", "materials[2].only_if", "适用情形"),
        ("materials.2.only_if", {"field": "nothing", "equals": "yes"}, "materials[2].only_if", "选择题"),
        ("materials.2.only_if", {"field": "for_project", "equals": "maybe"}, "materials[2].only_if", "选项"),
        ("limits.promised.days", 46, "limits.promised.days", "承诺时限46超过法定时限45"),
        ("limits.promised.days", -1, "limits.promised.days", "负数"),
        ("limits.promised.basis", "", "limits.promised.basis", "写明依据"),
        ("limits.promised.note", "", "limits.promised.note", "暂定的理由"),
        (
            "limits.statutory.basis",
            "《中华人民共和国行政许可法》第四十二条",
            "limits.statutory.basis",
            "另有规定",
        ),
        ("limits.statutory.rule", "calendar_days_from_next_day", "limits.statutory.rule", "不一致"),
        ("limits.statutory.unit", "小时", "limits.statutory.rule", "不一致"),
        ("limits.delivery_days", 11, "limits.delivery_days", "第四十四条"),
        ("limits.excluded_note", "", "limits.excluded_note", "多少时间"),
        ("handling_kind", "即办件", "limits.promised.days", "即办件"),
        ("steps.2.days", 40, "steps", "合计"),
        ("steps.0.post", "", "steps[0]", "岗位"),
        ("fee", {"charged": True, "note": "收工本费。"}, "fee.basis", "收费依据"),
        ("fee.note", "", "fee.note", "不收费"),
        ("assumed.0.path", "limits.promised.hours", "assumed[0].path", "没有"),
        ("assumed.0.path", "", "assumed[0].path", "没有"),
        ("assumed.0.why", "", "assumed[0].why", "理由"),
        ("assumed", [], "assumed", "limits.promised.days"),
        ("form.sections", [], "form.sections", "没有申请表"),
        ("form.sections.0.fields", [], "form.sections[0]", "没有填写项"),
        ("form.sections.0.fields.1.code", "名称", "form.sections[0].fields[1].code", "小写字母"),
        ("form.sections.0.fields.1.label", "", "form.sections[0].fields[1].label", "没有名称"),
        ("form.sections.0.fields.1.code", "applicant_kind", "form.sections[0].fields[1].code", "重复"),
        ("form.sections.0.fields.0.choices", [], "form.sections[0].fields[0].choices", "选项"),
        ("form.sections.0.fields.2.only_if.equals", "x", "form.sections[0].fields[2].only_if", "显示条件"),
        ("form.sections.0.fields.2.only_if.field", "by_agent", "form.sections[0].fields[2].only_if", "前面"),
        ("form.sections.1.fields.5.after", "reason", "form.sections[1].fields[5].after", "前面的一个日期"),
        ("form.sections.0.fields.1.max_length", -1, "form.sections[0].fields[1]", "负数"),
        ("form.sections.0.fields.1.min", "1", "form.sections[0].fields[1].min", "上下限"),
        ("form.sections.1.fields.8.scale", 0, "form.sections[1].fields[8]", "小数位数"),
        ("form.sections.1.fields.8.min", "一", "form.sections[1].fields[8].min", "上下限"),
        ("form.sections.1.fields.4.min", "tomorrow", "form.sections[1].fields[4].min", "上下限"),
        ("form.sections.0.fields.1.example", "长" * 101, "form（applicant_name）", "填写示例不能通过检查"),
    ],
)
def test_a_fault_blocks_publication(path: str, value: object, where: str, says: str) -> None:
    hits = [finding for finding in found(path, value) if finding.path == where and says in finding.message]
    assert hits, found(path, value)
    assert hits[0].level == ERROR


@pytest.mark.parametrize(
    ("path", "value", "where", "says"),
    [
        ("summary", "长" * 81, "summary", "80个字"),
        ("materials.1.name", "其他有关材料", "materials[1].name", "兜底"),
        ("materials.1.acceptance_standard", "", "materials[1].acceptance_standard", "受理标准"),
        ("form.sections.0.fields.1.example", "", "form.sections[0].fields[1].example", "填写示例"),
        ("summary", "直接取水的,应当申请。", "summary", "半角标点"),
    ],
)
def test_a_blemish_is_a_warning(path: str, value: object, where: str, says: str) -> None:
    hits = [finding for finding in found(path, value) if finding.path == where and says in finding.message]
    assert [finding.level for finding in hits] == [WARNING]


def test_a_licence_without_limit_gets_the_general_one() -> None:
    bare = guide(lambda data: data["limits"].pop("statutory"))
    levels = {(finding.level, finding.path) for finding in lint(bare)}
    assert (WARNING, "limits.statutory") in levels
    # 35 days promised, where the general rule gives 20.
    assert (ERROR, "limits.promised.days") in levels


def test_another_item_without_limit_is_only_warned() -> None:
    def change(data: dict[str, Any]) -> None:
        data["limits"].pop("statutory")
        data["item_type"] = "20"

    assert [(each.level, each.path) for each in lint(guide(change))] == [(WARNING, "limits.statutory")]


def test_a_commitment_must_be_whole() -> None:
    promise = {"duties": [], "liability": "", "basis": "", "sample_percent": 0}
    paths = {finding.path for finding in errors(guide(lambda data: data.update(commitment=promise)))}
    assert {"commitment", "commitment.sample_percent"} <= paths


@pytest.mark.parametrize("name", ["statutory", "promised"])
def test_a_limit_in_calendar_days_is_not_compared_but_has_to_be_turned_into_working_days(name: str) -> None:
    """The clock of a case counts working days alone: nothing else is told to an applicant."""

    def change(data: dict[str, Any]) -> None:
        data["limits"][name] |= {"days": 30, "unit": "日", "rule": "calendar_days_from_next_day"}

    assert [(each.path, "第八十二条" in each.message) for each in errors(guide(change))] == [
        (f"limits.{name}.unit", True)
    ]


def test_too_many_sections_are_a_warning_in_a_full_guide_only() -> None:
    def change(data: dict[str, Any]) -> None:
        data["form"]["sections"] = data["form"]["sections"][:2]
        data["materials"] = []

    assert "form.sections" in {finding.path for finding in lint(guide(change))}

    def shorten(data: dict[str, Any]) -> None:
        change(data)
        data["plain"] = True

    assert "form.sections" not in {finding.path for finding in lint(guide(shorten))}


def test_errors_come_first() -> None:
    def change(data: dict[str, Any]) -> None:
        data["summary"] = "长" * 81
        data["fee"]["note"] = ""

    levels = [finding.level for finding in lint(guide(change))]
    assert levels == sorted(levels)
    assert levels[0] == ERROR
